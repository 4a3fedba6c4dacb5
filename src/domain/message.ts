import { sponsor } from './approval-plan.ts'
import { approvalState } from './approval-state.ts'
import { awaitsPerson } from './grant.ts'
import type { RequestHistory } from './request-history.ts'
import { isOver } from './run.ts'
import type { Subject } from './subject.ts'
import { isToDo, type TaskDirection } from './task.ts'

/**
 * The readers of a message: the owners' channel, the thread of their card, the requester (direct message), the requester's
 * sponsor (direct message), a channel that is told, the people who are asked to do a task (a channel or direct messages), or
 * security.
 */
export type Audience =
  | 'owners'
  | 'owners_thread'
  | 'requester'
  | 'sponsor'
  | 'told'
  | 'assignees'
  | 'security'

/** The facts that decide whether a message is still worth posting. */
interface MessageFacts {
  readonly history: RequestHistory
  /** Messages of the same request that could not be delivered. */
  readonly undelivered: readonly { readonly told: boolean }[]
}

interface Purpose {
  readonly audience: Audience
  /** Its subject: each subject has one message of each purpose. */
  readonly subject: 'request' | 'grant'
  /** Whether to post the message now, if it was never posted. */
  readonly isWorthSaying: (facts: MessageFacts) => boolean
}

const isPending = ({ history: { request } }: MessageFacts) => request.status === 'pending'
const awaitsSponsor = (facts: MessageFacts) => {
  const { request, requester, decisions, engagement } = facts.history
  const { open } = approvalState(request, requester.kind, null, decisions)
  return isPending(facts) && engagement !== null && (open?.missingFrom.includes(sponsor) ?? false)
}
const isClosed = ({ history: { request } }: MessageFacts) =>
  request.status !== 'pending' && request.status !== 'approved'
const isAwaiting = ({ history: { grant } }: MessageFacts) => grant !== null && awaitsPerson(grant)
const isActive = ({ history: { grant } }: MessageFacts) => grant?.status === 'active'
const isScheduled = ({ history: { grant } }: MessageFacts) => grant?.status === 'scheduled'
const isIdleAsked = ({ history: { grant } }: MessageFacts) =>
  grant?.status === 'active' && grant.idleAskedAt !== undefined
const isGone = ({ history: { grant } }: MessageFacts) =>
  grant?.status === 'ended' || grant?.status === 'revoked' || grant?.status === 'cancelled'
const hasFailedToActivate = ({ history: { grant } }: MessageFacts) =>
  grant?.status === 'activation_failed' ||
  (grant !== null && 'revocation' in grant && grant.revocation.cause === 'activation_failed')
const mayStayOpen = ({ history: { grant } }: MessageFacts) =>
  grant?.status === 'revocation_failed' || (grant?.status === 'revoking' && grant.attempts > 1)

/** An approved extension has ended: the lease has another end, or the extension failed. */
const isCarriedOut = ({ history }: MessageFacts) =>
  history.extends !== null && history.extends.outcome !== null
/** The owners' channel hears of these leases by one message about many, so there is no card of its own. */
const isShared = ({ history: { request } }: MessageFacts) =>
  request.asksFor.kind !== 'action' && (request.how === 'self_serve' || request.how === 'pre_approval')
/** A fault needs a card, whatever approved the request. */
const hasCard = (facts: MessageFacts) =>
  wasAskedOfOwners(facts) && (!isShared(facts) || mayStayOpen(facts) || hasFailedToActivate(facts))
/** Nobody was asked about an action that was cancelled or expired before the system had said what would change. */
const wasAskedOfOwners = ({ history: { request, preview } }: MessageFacts) =>
  request.asksFor.kind !== 'action' ||
  !['cancelled', 'expired'].includes(request.status) ||
  (preview !== null && !('failure' in preview))
/** A run is over, or nobody knows. */
const isRunOver = ({ history: { run } }: MessageFacts) => run !== null && isOver(run)
const isReviewed = ({ history: { review } }: MessageFacts) => review !== null && review.outcome !== null
const isReviewOpen = ({ history: { review } }: MessageFacts) => review !== null && review.outcome === null

const isAsked =
  (direction: TaskDirection) =>
  ({ history: { tasks } }: MessageFacts) =>
    tasks.some((task) => task.direction === direction && isToDo(task))

/** Every purpose of a message. A message is posted once, and edited when its subject changes. */
export const purposes = {
  card: { audience: 'owners', subject: 'request', isWorthSaying: hasCard },
  /** One message about several leases that nobody was asked about. Its subject is the first request. */
  shared_notice: { audience: 'owners', subject: 'request', isWorthSaying: () => true },
  // The owners' channel may be one that the sponsor is not in.
  'copy:sponsor': { audience: 'sponsor', subject: 'request', isWorthSaying: awaitsSponsor },
  'copy:told': { audience: 'told', subject: 'request', isWorthSaying: () => true },
  'thread:substitutes': { audience: 'owners_thread', subject: 'request', isWorthSaying: isPending },
  'thread:last_resort': { audience: 'owners_thread', subject: 'request', isWorthSaying: isPending },
  'thread:nudge': { audience: 'owners_thread', subject: 'request', isWorthSaying: isPending },
  'thread:reminder': { audience: 'owners_thread', subject: 'request', isWorthSaying: isPending },
  'thread:closed': { audience: 'owners_thread', subject: 'request', isWorthSaying: isClosed },
  'thread:active': {
    audience: 'owners_thread',
    subject: 'grant',
    isWorthSaying: (facts) => isActive(facts) && !isShared(facts),
  },
  'thread:extension': {
    audience: 'owners_thread',
    subject: 'request',
    isWorthSaying: (facts) => isCarriedOut(facts) && !isShared(facts),
  },
  'thread:run': {
    audience: 'owners_thread',
    subject: 'request',
    isWorthSaying: (facts) => isRunOver(facts) && hasCard(facts),
  },
  'thread:activation_failed': {
    audience: 'owners_thread',
    subject: 'grant',
    isWorthSaying: hasFailedToActivate,
  },
  'thread:ended': {
    audience: 'owners_thread',
    subject: 'grant',
    isWorthSaying: (facts) => isGone(facts) && !isShared(facts),
  },
  'thread:reviewed': { audience: 'owners_thread', subject: 'request', isWorthSaying: isReviewed },
  'thread:review_overdue': { audience: 'owners_thread', subject: 'request', isWorthSaying: isReviewOpen },
  'thread:revocation_failed': { audience: 'owners_thread', subject: 'grant', isWorthSaying: mayStayOpen },
  'requester:submitted': { audience: 'requester', subject: 'request', isWorthSaying: isPending },
  'requester:closed': { audience: 'requester', subject: 'request', isWorthSaying: isClosed },
  /** A message of its own, because an edited one notifies nobody, and often the requester is the person who is awaited. */
  'requester:awaits': { audience: 'requester', subject: 'grant', isWorthSaying: isAwaiting },
  /** A message of its own: the approval is news, and an edited message notifies nobody. */
  'requester:scheduled': { audience: 'requester', subject: 'grant', isWorthSaying: isScheduled },
  'requester:idle': { audience: 'requester', subject: 'grant', isWorthSaying: isIdleAsked },
  'requester:active': { audience: 'requester', subject: 'grant', isWorthSaying: isActive },
  'requester:extension': { audience: 'requester', subject: 'request', isWorthSaying: isCarriedOut },
  'requester:run': { audience: 'requester', subject: 'request', isWorthSaying: isRunOver },
  'requester:pre_approved': {
    audience: 'requester',
    subject: 'request',
    isWorthSaying: ({ history: { madePreApproval } }) => madePreApproval?.withdrawal === null,
  },
  'requester:reviewed': { audience: 'requester', subject: 'request', isWorthSaying: isReviewed },
  'requester:activation_failed': {
    audience: 'requester',
    subject: 'grant',
    isWorthSaying: hasFailedToActivate,
  },
  'requester:ended': { audience: 'requester', subject: 'grant', isWorthSaying: isGone },
  'requester:lease_shortened': { audience: 'requester', subject: 'grant', isWorthSaying: isActive },
  'requester:expiry_notice': { audience: 'requester', subject: 'grant', isWorthSaying: isActive },
  'task:give': { audience: 'assignees', subject: 'grant', isWorthSaying: isAsked('give') },
  'task:take_away': { audience: 'assignees', subject: 'grant', isWorthSaying: isAsked('take_away') },
  'task:give_reminder': { audience: 'assignees', subject: 'grant', isWorthSaying: isAsked('give') },
  'task:take_away_reminder': {
    audience: 'assignees',
    subject: 'grant',
    isWorthSaying: isAsked('take_away'),
  },
  'security:revocation_failed': { audience: 'security', subject: 'grant', isWorthSaying: mayStayOpen },
  'security:break_glass': {
    audience: 'security',
    subject: 'request',
    isWorthSaying: ({ history: { review } }) => review !== null,
  },
  'security:review_overdue': { audience: 'security', subject: 'request', isWorthSaying: isReviewOpen },
  'security:undelivered': {
    audience: 'security',
    subject: 'request',
    isWorthSaying: ({ undelivered }) => undelivered.some(({ told }) => told),
  },
} as const satisfies Record<string, Purpose>

export type MessagePurpose = keyof typeof purposes
export const messagePurposes = Object.keys(purposes) as MessagePurpose[]

/** The purposes of messages about a request itself. */
export type RequestPurpose = {
  [Name in MessagePurpose]: (typeof purposes)[Name]['subject'] extends 'request' ? Name : never
}[MessagePurpose]

/** Identifies one message. */
export interface MessageKey {
  readonly subject: Subject
  readonly purpose: MessagePurpose
  /**
   * For expiry notices: `noticeVariant`. For questions about idle leases: `idleVariant`. For copies to channels: the place of the
   * channel in the terms. For substitutes and the last resort: the number of decisions. For tasks: `taskVariant`. 0 for all other
   * messages.
   */
  readonly variant: number
}

/** A reminder of a task has a number from 1, and its message 0. `reader`: the place in `Task.readers`; 0 in a channel. */
export function taskVariant(reminder: number, reader: number): number {
  return reminder * mostReaders + reader
}

/** The place in `Task.readers`. */
export function readerOf(variant: number): number {
  return variant % mostReaders
}

/** Of one task, ever. */
export const mostReaders = 100

/** The tasks that a message may be about. */
export function taskDirectionOf(purpose: MessagePurpose): TaskDirection | null {
  switch (purpose) {
    case 'task:give':
    case 'task:give_reminder':
      return 'give'
    case 'task:take_away':
    case 'task:take_away_reminder':
      return 'take_away'
    default:
      return null
  }
}

export function isSameMessage(a: Omit<MessageKey, 'subject'>, b: Omit<MessageKey, 'subject'>): boolean {
  return a.purpose === b.purpose && a.variant === b.variant
}

/** The message of this purpose about a request. */
export function requestMessage(requestId: string, purpose: RequestPurpose): MessageKey {
  return { subject: { kind: 'request', id: requestId }, purpose, variant: 0 }
}

/** The message of this purpose about a grant, or about the request of that grant. */
export function grantMessage(
  { id, requestId }: { readonly id: string; readonly requestId: string },
  purpose: MessagePurpose,
  variant = 0,
): MessageKey {
  const { subject: kind } = purposes[purpose]
  return { subject: { kind, id: kind === 'grant' ? id : requestId }, purpose, variant }
}
