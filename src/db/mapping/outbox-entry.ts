import type { OutboxEntry, StoredEffect } from '../../domain/effect.ts'
import type { OutboxRow } from '../schema/outbox.ts'

/** The effect is read by those who carry it out: what this version cannot read must not keep the rest from being done. */
export function toOutboxEntry({
  id,
  effect,
  target,
  dueAt,
  attempts,
}: Pick<OutboxRow, 'id' | 'effect' | 'target' | 'dueAt' | 'attempts'>): OutboxEntry {
  return { id, effect: effect as StoredEffect, target, dueAt, attempts }
}
