import type { KnownBlock } from '@slack/types'
import { formatDuration } from '../../domain/duration.ts'
import type { Grant } from '../../domain/grant.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { problemBlocks, runOutcomeBlocks } from './action.ts'
import { activityText } from './activity.ts'
import { checkedText } from './assurance.ts'
import { context } from './blocks.ts'
import { extensionOutcomeBlocks, settledExtensionsBlocks } from './extension.ts'
import { taskBlocks } from './tasks.ts'
import { plannedText, whoConfirms } from './terms.ts'
import { inline, mention, moment, mrkdwn, plain, withLinks } from './text.ts'

/** Who approved (the first `most` of them), or that a rule did. */
export function approvedBy(history: RequestHistory, most = 20): string {
  const names = history.decisions
    .filter(({ verdict }) => verdict === 'approve')
    .map(({ approver }) => mention(approver.userId))
  if (names.length === 0) return approvedWithoutAsking(history)
  const more = names.length > most ? ` and ${names.length - most} more` : ''
  return `${names.slice(0, most).join(', ')}${more}`
}

function approvedWithoutAsking({ request, usedPreApproval }: RequestHistory): string {
  switch (request.how) {
    case 'break_glass':
      return 'nobody: it was taken by break-glass'
    case 'pre_approval':
      return usedPreApproval
        ? `${mention(usedPreApproval.maker.userId)} in advance (${usedPreApproval.reference})`
        : 'a pre-approval'
    case 'self_serve':
    case 'approval':
      return 'a rule: nobody was asked'
  }
}

/** The outcome of a request that is not pending: who decided it and when, with the reason as plain text. */
export function outcomeBlocks(history: RequestHistory): KnownBlock[] {
  const { request, grant, extends: extended } = history
  if (request.status === 'pending') return []
  const isAction = request.asksFor.kind === 'action'
  const nothing = extended ? 'the lease ends as before' : isAction ? 'nothing was run' : 'no access was given'
  const at = moment(request.closedAt)
  switch (request.status) {
    case 'denied':
      return denial(history, at)
    case 'cancelled':
      if (history.preview && 'failure' in history.preview)
        return problemBlocks(
          `Cancelled ${at}, because it cannot be run like this: nothing was run`,
          history.preview.failure.message,
        )
      return history.cancelledBy
        ? sentenceWithReason(
            `Cancelled ${at} by ${mention(history.cancelledBy.userId)}, who took access back: ${nothing}`,
            history.cancelledBy.reason,
          )
        : [context(`Cancelled ${at}: ${nothing}`)]
    case 'expired':
      return [context(`Expired ${at}: nobody decided in time, so ${nothing}`)]
    case 'approved':
      return [
        context(
          request.how === 'break_glass'
            ? `Taken without an approval, ${at}`
            : `Approved by ${approvedBy(history)}, ${at}`,
        ),
        ...preApprovalBlocks(history),
        ...(grant ? grantBlocks(history, grant) : []),
        ...runOutcomeBlocks(history),
        ...(extended ? extensionOutcomeBlocks(extended) : settledExtensionsBlocks(history)),
        ...taskBlocks(history),
      ]
  }
}

/** The pre-approval that was made from this request. */
function preApprovalBlocks({ request, requester, madePreApproval }: RequestHistory): KnownBlock[] {
  if (!madePreApproval) return []
  const { reference, maker, goodThrough, maxDurationSeconds, withdrawal, reason } = madePreApproval
  if (withdrawal)
    return [
      context(
        `Pre-approval ${reference} was withdrawn by ${withdrawal.by ? mention(withdrawal.by.userId) : 'an access review'}, ${moment(withdrawal.at)}`,
      ),
    ]
  const what = inline(request.terms.entitlementName, 64)
  return sentenceWithReason(
    `Pre-approval ${reference} by ${mention(maker.userId)}: until ${moment(goodThrough)}, ${mention(requester.userId)} may take ` +
      `${what} for up to ${formatDuration(maxDurationSeconds)} each time without being asked about`,
    reason,
  )
}

/** The denial, with its reason as plain text. */
function denial({ decisions }: RequestHistory, at: string): KnownBlock[] {
  const denied = decisions.find(({ verdict }) => verdict === 'deny')
  return sentenceWithReason(
    `Denied by ${denied ? mention(denied.approver.userId) : 'an approver'}, ${at}`,
    denied?.reason ?? null,
  )
}

function grantBlocks(history: RequestHistory, grant: Grant): KnownBlock[] {
  switch (grant.status) {
    case 'scheduled':
      return [context(`${plannedText(history)}. Policies judge it again at its start.`)]
    case 'cancelled':
      return sentenceWithReason(
        `${causeText(history)}, ${moment(grant.endedAt)}. It had not started, so no access was given`,
        grant.revocation.reason,
      )
    case 'activating':
      if (grant.awaitsLogin !== undefined) return [context(awaitedText(history, grant.awaitsLogin))]
      if (grant.awaits !== undefined) return [context(`Waits for a person: ${withLinks(grant.awaits)}`)]
      return [context('Setting up access. The card says *active* only after a check at the target.')]
    case 'active':
      return [context(`Active since ${moment(grant.lease.activatedAt)}, until ${moment(grant.lease.endsAt)}`)]
    case 'activation_failed':
      return sentenceWithReason(
        `Daypass could not give the access, ${moment(grant.endedAt)}`,
        grant.failure.message,
      )
    case 'revoking':
      return sentenceWithReason(
        `${causeText(history)}. ${grant.awaits === undefined ? 'Removing access now' : `Waits for a person: ${withLinks(grant.awaits)}`}`,
        grant.revocation.reason,
      )
    case 'revocation_failed':
      return [
        context(
          `*Daypass could not remove the access.* ${causeText(history)}. It tries again until a check at the target shows no access. Attempts: ${grant.attempts}`,
        ),
        { type: 'context', elements: [plain(grant.failure.message)] },
      ]
    case 'ended':
    case 'revoked':
      return [
        ...sentenceWithReason(
          `${causeText(history)}. ${checkedText(grant.removed, grant.endedAt)}`,
          grant.revocation.reason,
        ),
        ...(history.activity ? [context(activityText(history.activity))] : []),
      ]
  }
}

/** The activation waits until somebody has confirmed a login of the requester. */
export function awaitedText({ requester, engagement }: RequestHistory, name: string): string {
  const who = whoConfirms(engagement?.sponsor.userId ?? null)
  return `Waits for the ${inline(name)} of ${mention(requester.userId)}, which nobody has confirmed yet. ${who}`
}

/** The cause of the revocation, and the person who caused it. */
export function causeText(history: RequestHistory): string {
  const { grant, revoker } = history
  if (!grant || !('revocation' in grant)) return ''
  const who = revoker ? mention(revoker.userId) : 'Daypass'
  switch (grant.revocation.cause) {
    case 'lease_ended':
      return 'The lease ended'
    case 'released':
      return `${mention(history.requester.userId)} ${grant.status === 'cancelled' ? 'cancelled it' : 'gave it back early'}`
    case 'revoked':
      return `${grant.status === 'cancelled' ? 'Cancelled' : 'Revoked'} by ${who}`
    case 'offboarded':
      return `The account of ${mention(history.requester.userId)} is closed, or the engagement no longer holds`
    case 'activation_failed':
      return 'Daypass could not set up the access completely, so it removes all of it'
    case 'ticket_closed':
      return 'The ticket is closed'
    case 'idle':
      return 'Nobody used it, and nobody answered whether it is still needed'
  }
}

function sentenceWithReason(sentence: string, reason: string | null): KnownBlock[] {
  const elements = reason === null || reason === '' ? [] : [plain(reason)]
  return [{ type: 'context', elements: [mrkdwn(sentence), ...elements] }]
}
