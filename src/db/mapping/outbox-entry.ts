import type { OutboxEntry, StoredEffect } from '../../domain/effect.ts'
import type { OutboxRow } from '../schema/outbox.ts'

/** Does not parse the effect: `usecases/effects.ts` does, so that one unreadable effect does not stop the others. */
export function toOutboxEntry({
  id,
  effect,
  target,
  dueAt,
  attempts,
}: Pick<OutboxRow, 'id' | 'effect' | 'target' | 'dueAt' | 'attempts'>): OutboxEntry {
  return { id, effect: effect as StoredEffect, target, dueAt, attempts }
}
