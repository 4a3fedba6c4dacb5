import type { KnownBlock } from '@slack/types'
import type { AccessRequest } from '../../../domain/request.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { actions, button, context, type MessageContent, section } from '../../kit/blocks.ts'
import { approvedBy, outcomeBlocks } from '../../kit/outcome.ts'
import { whatIsAsked } from '../../kit/terms.ts'
import { mention, moment, plain } from '../../kit/text.ts'
import { extendActionId } from './ids.ts'

/** Extend…, where the lease of this request may be extended. */
export function extendButtons({ id, how }: AccessRequest): ReturnType<typeof button>[] {
  return how === 'break_glass' ? [] : [button('Extend…', extendActionId, id)]
}

/** For the holder: denied, cancelled or expired, and the end that stays. */
export function extensionClosedMessage(history: RequestHistory): MessageContent {
  const { request, extends: extended } = history
  const what = `more time with ${whatIsAsked(request)}`
  const text = {
    denied: `${request.reference} was denied: ${what}.`,
    cancelled: `${request.reference} is cancelled: ${what}.`,
    expired: `${request.reference} expired before anybody decided: ${what}.`,
    approved: `${request.reference} was approved: ${what}.`,
    pending: `${request.reference} is with the owners: ${what}.`,
  }[request.status]
  const isOpen = extended?.grant.status === 'active'
  const ends = isOpen ? [context(`Your access ends ${moment(extended.grant.lease.endsAt)}, as before.`)] : []
  const again = isOpen ? [actions(...extendButtons(extended.request))] : []
  return { text, blocks: [section(text), ...outcomeBlocks(history), ...ends, ...again] }
}

/** For the holder, after an approved extension was carried out. */
export function requesterExtensionMessage(history: RequestHistory): MessageContent {
  const { request, extends: extended } = history
  const what = whatIsAsked(request)
  const outcome = extended?.outcome
  if (!outcome)
    return plainMessage(`⏳ ${request.reference}: the end of your access to ${what} is being moved.`)
  if (outcome.failure === null)
    return plainMessage(
      `⏩ ${extended.request.reference}: you have ${what} until ${moment(outcome.endsAt)}, instead of ${moment(outcome.fromEndsAt)} (${request.reference}).`,
    )
  const ends =
    extended.grant.status === 'active'
      ? ` It ends ${moment(extended.grant.lease.endsAt)}. Save your work; open sessions are closed then.`
      : ' It is over.'
  return withFailure(
    `🔴 ${request.reference} was approved, but I could not extend your access to ${what}.${ends}`,
    outcome.failure,
  )
}

/** For the owners, in the thread of the card of the extension. */
export function threadExtensionMessage(history: RequestHistory): MessageContent {
  const { request, requester, extends: extended } = history
  const outcome = extended?.outcome
  if (!outcome) return plainMessage(`⏳ ${request.reference}: the end of the lease is being moved.`)
  const { reference } = extended.request
  const who = mention(requester.userId)
  if (outcome.failure === null)
    return plainMessage(
      `The lease ${reference} of ${who} is extended until ${moment(outcome.endsAt)}, instead of ${moment(outcome.fromEndsAt)}. Approved by ${approvedBy(history)}.`,
    )
  return withFailure(
    `${request.reference} was approved, but the lease ${reference} of ${who} could not be extended. It ends as before.`,
    outcome.failure,
  )
}

function withFailure(text: string, failure: string): MessageContent {
  const why: KnownBlock = { type: 'context', elements: [plain(failure, 500)] }
  return { text, blocks: [section(text), why] }
}

function plainMessage(text: string): MessageContent {
  return { text, blocks: [section(text)] }
}
