import { sponsor } from './approval-plan.ts'
import { approvalState } from './approval-state.ts'
import type { RequestHistory } from './request-history.ts'
import type { Subject } from './subject.ts'

/**
 * The readers of a message: the owners' channel, the thread of their card, the requester (direct message), the requester's
 * sponsor (direct message), a channel that is told, or security.
 */
export type Audience = 'owners' | 'owners_thread' | 'requester' | 'sponsor' | 'told' | 'security'

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
const isActive = ({ history: { grant } }: MessageFacts) => grant?.status === 'active'
const isGone = ({ history: { grant } }: MessageFacts) =>
  grant?.status === 'ended' || grant?.status === 'revoked'
const hasFailedToActivate = ({ history: { grant } }: MessageFacts) =>
  grant?.status === 'activation_failed' ||
  (grant !== null && 'revocation' in grant && grant.revocation.cause === 'activation_failed')
const mayStayOpen = ({ history: { grant } }: MessageFacts) =>
  grant?.status === 'revocation_failed' || (grant?.status === 'revoking' && grant.attempts > 1)

/** The owners' channel hears of these leases by one message about many, so there is no card of its own. */
const isShared = ({ history: { request } }: MessageFacts) =>
  request.how === 'self_serve' || request.how === 'pre_approval'
/** A fault needs a card, whatever approved the request. */
const hasCard = (facts: MessageFacts) => !isShared(facts) || mayStayOpen(facts) || hasFailedToActivate(facts)
const isReviewed = ({ history: { review } }: MessageFacts) => review !== null && review.outcome !== null
const isReviewOpen = ({ history: { review } }: MessageFacts) => review !== null && review.outcome === null

/** Every purpose of a message. A message is posted once, and edited when its subject changes. */
export const purposes = {
  card: { audience: 'owners', subject: 'request', isWorthSaying: hasCard },
  /** One message about several leases that nobody was asked about. Its subject is the first request. */
  shared_notice: { audience: 'owners', subject: 'request', isWorthSaying: () => true },
  // The owners' channel may be one that the sponsor is not in.
  'copy:sponsor': { audience: 'sponsor', subject: 'request', isWorthSaying: awaitsSponsor },
  'copy:told': { audience: 'told', subject: 'request', isWorthSaying: () => true },
  'thread:substitutes': { audience: 'owners_thread', subject: 'request', isWorthSaying: isPending },
  'thread:reminder': { audience: 'owners_thread', subject: 'request', isWorthSaying: isPending },
  'thread:closed': { audience: 'owners_thread', subject: 'request', isWorthSaying: isClosed },
  'thread:active': {
    audience: 'owners_thread',
    subject: 'grant',
    isWorthSaying: (facts) => isActive(facts) && !isShared(facts),
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
  'requester:active': { audience: 'requester', subject: 'grant', isWorthSaying: isActive },
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
   * For expiry notices: seconds before the end of the lease. For copies to channels: the place of the channel in the terms. For
   * substitutes: the number of decisions. 0 for all other messages.
   */
  readonly variant: number
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
