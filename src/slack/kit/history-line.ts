import type { RequestHistory } from '../../domain/request-history.ts'
import type { Run } from '../../domain/run.ts'
import { labelOf, phaseOf } from './phase.ts'
import { plannedText, whatIsAsked } from './terms.ts'
import { mention, moment } from './text.ts'

/** One request in a list, in two lines: who asks for what, and its state with the time. */
export function historyLine(history: RequestHistory): string {
  const { request, requester } = history
  return (
    `*${request.reference}* · ${mention(requester.userId)} · ${whatIsAsked(request)}\n` +
    `${labelOf(phaseOf(history))} · ${whenText(history)}`
  )
}

/** The time of the access, or the time of the request when there was no access. */
function whenText(history: RequestHistory): string {
  const { request, grant, run, extends: extended } = history
  if (extended) return `more time for ${extended.request.reference}, asked ${moment(request.submittedAt)}`
  if (run) return runText(run)
  if (grant?.status === 'scheduled') return plannedText(history)
  if (!grant || !('lease' in grant) || grant.lease === null) return `asked ${moment(request.submittedAt)}`
  const { activatedAt, endsAt } = grant.lease
  if (grant.status === 'active') return `since ${moment(activatedAt)}, until ${moment(endsAt)}`
  if ('endedAt' in grant) return `${moment(activatedAt)} to ${moment(grant.endedAt)}`
  return `since ${moment(activatedAt)}, being removed since ${moment(grant.revocation.startedAt)}`
}

function runText(run: Run): string {
  switch (run.status) {
    case 'waiting':
      return `approved ${moment(run.approvedAt)}, lapses ${moment(run.lapsesAt, 'time')}`
    case 'running':
      return `since ${moment(run.startedAt)}`
    default:
      return moment(run.endedAt)
  }
}
