/**
 * A message that Daypass keeps true: one of each per request. It is posted once and then edited as the request moves on.
 * `card` stands in the owners' channel, `thread:` beneath it, `requester:` in the requester's direct messages,
 * `security:` in the security channel.
 */
export type MessagePurpose =
  | 'card'
  | 'thread:reminder'
  | 'thread:closed'
  | 'thread:active'
  | 'thread:activation_failed'
  | 'thread:ended'
  | 'thread:revocation_failed'
  | 'requester:submitted'
  | 'requester:closed'
  | 'requester:active'
  | 'requester:activation_failed'
  | 'requester:ended'
  | 'requester:lease_shortened'
  | `requester:expiry_notice:${number}`
  | 'security:revocation_failed'
  | 'security:undelivered'

/** Something to be done outside the transaction that decided it. Carries ids only. */
export type Effect =
  | { readonly kind: 'activate_grant'; readonly grantId: string }
  | { readonly kind: 'revoke_grant'; readonly grantId: string; readonly generation: number }
  | { readonly kind: 'expire_request'; readonly requestId: string }
  | { readonly kind: 'remind_approvers'; readonly requestId: string }
  | {
      readonly kind: 'notify_expiry'
      readonly grantId: string
      readonly generation: number
      readonly seconds: number
    }
  /** Make sure this message exists and shows the present state. */
  | { readonly kind: 'deliver_message'; readonly requestId: string; readonly purpose: MessagePurpose }
export type EffectKind = Effect['kind']

/** Separate queues, so that a storm of messages never delays a revocation. */
export const queueNames = ['revoke', 'activate', 'notify'] as const
export type QueueName = (typeof queueNames)[number]

export function queueOf(kind: EffectKind): QueueName {
  switch (kind) {
    case 'revoke_grant':
      return 'revoke'
    case 'activate_grant':
      return 'activate'
    case 'expire_request':
    case 'remind_approvers':
    case 'notify_expiry':
    case 'deliver_message':
      return 'notify'
  }
}

/** An effect as it stands in the outbox. */
export interface OutboxEntry {
  readonly id: string
  readonly effect: Effect
  readonly dueAt: Date
  readonly attempts: number
}
