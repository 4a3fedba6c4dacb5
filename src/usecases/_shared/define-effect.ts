import type { z } from 'zod'
import type { EffectKind, Effects, QueueName } from '../../domain/effect.ts'
import type { EffectOutcome } from './effect-outcome.ts'

/**
 * One kind of effect. Its file adds the type of its data to `Effects`, so that a transaction can order it. `effects.ts`
 * lists it, so that the runner performs it:
 *
 *     const data = z.object({ requestId: z.guid() })
 *     declare module '../../domain/effect.ts' {
 *       interface Effects { expire_request: z.infer<typeof data> }
 *     }
 */
export interface EffectDefinition<Kind extends EffectKind, Ports> {
  readonly kind: Kind
  /** The data in the outbox. Another version may have written it. */
  readonly data: z.ZodType<Effects[Kind]>
  readonly queue: QueueName
  /** The longest pause after an attempt that threw. */
  readonly longestBackoffSeconds: number
  /**
   * Performs effects of one kind, at one target if they have one. One answer for each, in their order. An effect may be
   * repeated after a crash. One that rejects fails alone.
   */
  run(ports: Ports, batch: readonly Effects[Kind][], context: BatchContext): readonly Promise<EffectOutcome>[]
}

export interface BatchContext {
  /** The target did not answer last time, so only one operation at a time may run there. */
  readonly probing: boolean
}

export function defineEffect<Kind extends EffectKind, Ports>(
  definition: EffectDefinition<Kind, Ports>,
): EffectDefinition<Kind, Ports> {
  return definition
}

/** Performs each effect of a batch separately. For effects that work at no target. */
export function each<Ports, Data>(perform: (ports: Ports, data: Data) => Promise<EffectOutcome>) {
  return (ports: Ports, batch: readonly Data[]): Promise<EffectOutcome>[] =>
    batch.map((data) => perform(ports, data))
}
