import type { z } from 'zod'
import type { EffectKind, Effects, QueueName } from '../../domain/effect.ts'
import type { EffectOutcome } from './effect-outcome.ts'

/**
 * One kind of effect. Its file adds the type of its data to `Effects`, so that a transaction can order it, and
 * `effects.ts` lists it, so that it is carried out:
 *
 *     const data = z.object({ requestId: z.guid() })
 *     declare module '../../domain/effect.ts' {
 *       interface Effects { expire_request: z.infer<typeof data> }
 *     }
 */
export interface EffectDefinition<Kind extends EffectKind, Ports> {
  readonly kind: Kind
  /** Data as it stands in the outbox, perhaps written by another version. */
  readonly data: z.ZodType<Effects[Kind]>
  readonly queue: QueueName
  /** How long it may rest after an attempt that threw. */
  readonly longestBackoffSeconds: number
  /**
   * Carries out effects of one kind, at one target where they name one: an answer for each, in their order. Each may be
   * repeated after a crash, and one that rejects fails alone.
   */
  run(ports: Ports, batch: readonly Effects[Kind][], context: BatchContext): readonly Promise<EffectOutcome>[]
}

export interface BatchContext {
  /** The target did not answer last time: it is to be tried with one operation only. */
  readonly probing: boolean
}

export function defineEffect<Kind extends EffectKind, Ports>(
  definition: EffectDefinition<Kind, Ports>,
): EffectDefinition<Kind, Ports> {
  return definition
}

/** Runs each of a batch by itself. For effects that work at no target. */
export function each<Ports, Data>(perform: (ports: Ports, data: Data) => Promise<EffectOutcome>) {
  return (ports: Ports, batch: readonly Data[]): Promise<EffectOutcome>[] =>
    batch.map((data) => perform(ports, data))
}
