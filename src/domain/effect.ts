/**
 * The data of every kind of effect, by kind. The file that defines an effect adds its data here with `declare module`,
 * as `usecases/_shared/define-effect.ts` shows. So a new effect needs no edit of this file.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the files that define effects
export interface Effects {}
export type EffectKind = keyof Effects

/**
 * Work outside the transaction that decided it. Carries ids only. An effect that works at a target has a `resourceId`: the
 * outbox separates targets by it.
 */
export type Effect = { [Kind in EffectKind]: { readonly kind: Kind } & Effects[Kind] }[EffectKind]

/** Separate queues, so that a storm of messages never delays a revocation. */
export const queueNames = ['revoke', 'activate', 'notify'] as const
export type QueueName = (typeof queueNames)[number]

/** An effect as it was stored. A later version may have stored a kind that this version does not know. */
export interface StoredEffect {
  readonly kind: string
  readonly [field: string]: unknown
}

/** A row of the outbox. */
export interface OutboxEntry {
  readonly id: string
  readonly effect: StoredEffect
  /** The resource at which the effect works. Null: it works at no target. */
  readonly target: string | null
  readonly dueAt: Date
  /** How many times a worker took it. */
  readonly attempts: number
}
