import { z } from 'zod'
import type { Effect, MessagePurpose, OutboxEntry } from '../../domain/effect.ts'
import type { OutboxRow } from '../schema/outbox.ts'
import { ImpossibleRow } from './impossible-row.ts'
import { readJson } from './stored-json.ts'

const purposes: Readonly<Record<Exclude<MessagePurpose, `requester:expiry_notice:${number}`>, true>> = {
  card: true,
  'thread:reminder': true,
  'thread:closed': true,
  'thread:active': true,
  'thread:activation_failed': true,
  'thread:ended': true,
  'thread:revocation_failed': true,
  'requester:submitted': true,
  'requester:closed': true,
  'requester:active': true,
  'requester:activation_failed': true,
  'requester:ended': true,
  'requester:lease_shortened': true,
  'security:revocation_failed': true,
  'security:undelivered': true,
}

export function toPurpose(text: string, table: string, id: string): MessagePurpose {
  if (!isPurpose(text)) throw new ImpossibleRow(table, id, `purpose is "${text}"`)
  return text
}

function isPurpose(text: string): text is MessagePurpose {
  return Object.hasOwn(purposes, text) || /^requester:expiry_notice:\d+$/.test(text)
}

const grantId = z.guid()
const requestId = z.guid()
const generation = z.number()
const effect: z.ZodType<Effect> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('activate_grant'), grantId }),
  z.object({ kind: z.literal('revoke_grant'), grantId, generation }),
  z.object({ kind: z.literal('expire_request'), requestId }),
  z.object({ kind: z.literal('remind_approvers'), requestId }),
  z.object({ kind: z.literal('notify_expiry'), grantId, generation, seconds: z.number() }),
  z.object({
    kind: z.literal('deliver_message'),
    requestId,
    purpose: z.custom<MessagePurpose>((value) => typeof value === 'string' && isPurpose(value)),
  }),
])

export function toOutboxEntry(row: Pick<OutboxRow, 'id' | 'effect' | 'dueAt' | 'attempts'>): OutboxEntry {
  return {
    id: row.id,
    effect: readJson(effect, row.effect, 'outbox', row.id, 'effect'),
    dueAt: row.dueAt,
    attempts: row.attempts,
  }
}
