/**
 * The data of every kind of effect, by kind. Each effect adds its own from the file that defines it (`declare module`, as
 * `usecases/define-effect.ts` shows), so that a new one needs no edit here.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the files that define effects
export interface Effects {}
export type EffectKind = keyof Effects

/**
 * Something to be done outside the transaction that decided it. Carries ids only. One that works at a target names it by
 * `resourceId`: the outbox keeps targets apart by that.
 */
export type Effect = { [Kind in EffectKind]: { readonly kind: Kind } & Effects[Kind] }[EffectKind]

/** Separate queues, so that a storm of messages never delays a revocation. */
export const queueNames = ['revoke', 'activate', 'notify'] as const
export type QueueName = (typeof queueNames)[number]

/** An effect as it was stored. What this version cannot read may be of a later one. */
export interface StoredEffect {
  readonly kind: string
  readonly [field: string]: unknown
}

/** An effect as it stands in the outbox. */
export interface OutboxEntry {
  readonly id: string
  readonly effect: StoredEffect
  /** The resource at which it works; null for effects that work at no target. */
  readonly target: string | null
  readonly dueAt: Date
  /** How often it was taken. */
  readonly attempts: number
}
