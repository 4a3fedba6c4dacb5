import { type DirectoryUnavailable, UnknownAccount } from '../../domain/directory.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { type MessageContent, textMessage } from './blocks.ts'
import { approvedBy } from './outcome.ts'
import { labelOf, phaseOf } from './phase.ts'
import { plannedText } from './terms.ts'
import { code, inline, mention, moment } from './text.ts'

// Answers that more than one feature gives. A person reads them after a command, a click or a form. Each says what to do next.

const slackUnavailable =
  'Slack did not tell me who you are, so nothing was changed. Please try again in a moment.'
export const unknownRequest =
  'I cannot find this request. Nothing was changed. Please use the newest message about it.'
export const outdatedButton =
  'This button or form is too old, so nothing was changed. Please use a newer message.'

/** Tells why Daypass could not check the person. Another try helps only when Slack did not answer. */
export function unavailableSentence(error: DirectoryUnavailable): string {
  return error instanceof UnknownAccount
    ? `Slack knows nobody with the id ${code(error.userId)}, so nothing was changed. Please ask a workspace admin.`
    : slackUnavailable
}

export function refusedSentence(policy: Pick<PolicyResult, 'sentence'>): string {
  return `⛔ ${inline(policy.sentence, 600)}`
}

export function refusedAnswer(policy: Pick<PolicyResult, 'sentence'>): MessageContent {
  return textMessage(refusedSentence(policy))
}

/** The request is not pending any more: somebody decided it, or it expired. */
export function closedAnswer(history: RequestHistory): MessageContent {
  return textMessage(closedSentence(history))
}

export function closedSentence(history: RequestHistory): string {
  const { request } = history
  if (request.status === 'pending') return `${request.reference} is pending.`
  const by = request.status === 'approved' ? ` by ${approvedBy(history)}` : deniedBy(history)
  return `${request.reference} was ${request.status}${by}, ${moment(request.closedAt)}. There is nothing left to decide.`
}

function deniedBy({ request, decisions }: RequestHistory): string {
  const denied = decisions.find(({ verdict }) => verdict === 'deny')
  return request.status === 'denied' && denied ? ` by ${mention(denied.approver.userId)}` : ''
}

/** Somebody answered the question about an idle lease before, or the lease is over. */
export function keptSentence(history: RequestHistory): string {
  const { grant, request } = history
  if (grant?.status !== 'active') return overSentence(history)
  return `${request.reference} is yours until ${moment(grant.lease.endsAt)}. There is nothing to answer.`
}

/** The action needs an active grant, and the grant is not active. */
export function overSentence(history: RequestHistory): string {
  const { reference } = history.request
  const phase = phaseOf(history)
  switch (phase) {
    case 'scheduled':
      return `${reference} has not started. ${plannedText(history)}.`
    case 'activating':
      return `${reference} is still being set up. Please wait for my message.`
    case 'active':
    case 'revoking':
      return `The time of ${reference} is over: access is being removed.`
    case 'revocation_failed':
      return `${reference} is over, but access may still be open. Daypass tries to remove it until a check shows that it is gone.`
    case 'run_done':
    case 'run_went_wrong':
    case 'run_failed':
    case 'run_lapsed':
    case 'run_cancelled':
    case 'run_unknown':
      return `The run of ${reference} is over: ${labelOf(phase)}. There is nothing left to stop.`
    default:
      return `${reference} is ${labelOf(phase)}: there is nothing left to do.`
  }
}
