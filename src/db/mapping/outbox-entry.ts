import {
  isMessagePurpose,
  type MessagePurpose,
  type OutboxEntry,
  type StoredEffect,
} from '../../domain/effect.ts'
import type { OutboxRow } from '../schema/outbox.ts'
import { ImpossibleRow } from './impossible-row.ts'

export function toPurpose(text: string, table: string, id: string): MessagePurpose {
  if (!isMessagePurpose(text)) throw new ImpossibleRow(table, id, `purpose is "${text}"`)
  return text
}

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
