import type { KnownBlock } from '@slack/types'
import type { Rung } from '../../../domain/approval-plan.ts'
import type { Catalog } from '../../../domain/catalog.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { doneText } from '../../kit/activity.ts'
import { calledNow, missingText, progressText } from '../../kit/approvals.ts'
import { goneText } from '../../kit/assurance.ts'
import { context, type MessageContent, section, textMessage } from '../../kit/blocks.ts'
import { approvedBy, causeText, outcomeBlocks } from '../../kit/outcome.ts'
import { isProvenGone } from '../../kit/phase.ts'
import { leaseText, whatIsAsked } from '../../kit/terms.ts'
import { mention, mentionAny, moment, plain } from '../../kit/text.ts'

/** Reminds the approvers, in the thread of the card. */
export function reminderMessage(history: RequestHistory, catalog: Catalog, now: Date): MessageContent {
  const { request } = history
  if (request.status !== 'pending')
    return textMessage(`${request.reference} was waiting for a decision; it no longer is.`)
  const called = calledNow(history, catalog, now)
  return textMessage(
    `${called} ${request.reference} still waits: ${progressText(history, catalog)}. ` +
      `Without a decision it expires ${moment(request.expiresAt)}.`,
  )
}

/** The requester asks once more, in the thread of the card. */
export function nudgeMessage(history: RequestHistory, catalog: Catalog, now: Date): MessageContent {
  const { request, requester } = history
  if (request.status !== 'pending')
    return textMessage(`${request.reference} was waiting for a decision; it no longer is.`)
  const called = calledNow(history, catalog, now)
  return textMessage(
    `${called} ${mention(requester.userId)} asks once more for ${request.reference}: ${progressText(history, catalog)}.`,
  )
}

/** Tells the substitutes that they may decide too. */
export function substitutesMessage(history: RequestHistory, catalog: Catalog): MessageContent {
  return calledMessage(history, catalog, history.request.terms.approvals.substitutes, 'as substitutes')
}

/** Tells the last resort that they may decide too. */
export function lastResortMessage(history: RequestHistory, catalog: Catalog): MessageContent {
  const { substitutes } = history.request.terms.approvals
  return calledMessage(
    history,
    catalog,
    substitutes?.lastResort ?? null,
    'because the others have not answered',
  )
}

function calledMessage(
  history: RequestHistory,
  catalog: Catalog,
  rung: Rung | null,
  why: string,
): MessageContent {
  const { request } = history
  if (request.status !== 'pending')
    return textMessage(`${request.reference} was waiting for a decision; it no longer is.`)
  const called = (rung?.approvers ?? []).slice(0, 20).map(mentionAny).join(' ')
  return textMessage(
    `${called} ${request.reference} had no answer for some time, so you may decide too, ${why}. ` +
      `${missingText(history, catalog)}.`,
  )
}

export function threadClosedMessage(history: RequestHistory): MessageContent {
  const { request } = history
  const { status } = request
  return {
    text: `${request.reference} is ${status}.`,
    blocks: [section(`${request.reference} is *${status}*.`), ...outcomeBlocks(history)],
  }
}

export function threadActiveMessage(history: RequestHistory): MessageContent {
  const { request, requester } = history
  return textMessage(
    `Access is active: ${mention(requester.userId)} has ${whatIsAsked(request)} for ${leaseText(history)}. ` +
      `Approved by ${approvedBy(history)}.`,
  )
}

export function threadActivationFailedMessage(history: RequestHistory): MessageContent {
  const { request, grant } = history
  const left = isProvenGone(history)
    ? 'Nobody has the access.'
    : 'Daypass is removing any part of it that was set up.'
  const text = `${request.reference} was approved, but access to ${whatIsAsked(request)} could not be given. ${left}`
  const blocks: KnownBlock[] = [section(text)]
  const why = grant?.status === 'activation_failed' ? grant.failure.message : revocationReason(grant)
  if (why) blocks.push({ type: 'context', elements: [plain(why)] })
  blocks.push(context('Please solve this problem. After that, the requester can ask again.'))
  return { text, blocks }
}

export function threadEndedMessage(
  history: RequestHistory,
  catalog: Pick<Catalog, 'resources'>,
): MessageContent {
  const { grant } = history
  const gone = grant && 'removed' in grant ? grant.removed : null
  const text = gone
    ? `${causeText(history)}. Access ${goneText(gone)}`
    : ['Access is being removed.', causeText(history)].join(' ').trim()
  const blocks: KnownBlock[] = [section(text)]
  if (gone) blocks.push({ type: 'context', elements: [plain(gone.summary)] })
  const done = gone && doneText(history, catalog)
  if (done) blocks.push(context(done))
  return { text, blocks }
}

/** After a failed activation, the reason of the revocation tells what failed. */
function revocationReason(grant: RequestHistory['grant']): string | null {
  return grant && 'revocation' in grant ? grant.revocation.reason : null
}
