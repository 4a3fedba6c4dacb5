import type { AuditEvent } from '../../domain/audit-event.ts'
import { type Effect, queueOf } from '../../domain/effect.ts'
import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { auditRecord } from '../rows/audit-row.ts'
import { jsonText } from '../text.ts'

/** What only grows is kept until the end and written as one statement each, sent along with the commit. */
export interface Appends extends Pick<Transaction, 'audit' | 'outbox'> {
  flush(): void
}

export function appendsIn(session: Session): Appends {
  const events: AuditEvent[] = []
  const effects: { effect: Effect; dueAt: Date }[] = []
  return {
    audit: {
      append: async (event) => {
        events.push(event)
      },
    },
    outbox: {
      add: async (effect, dueAt) => {
        effects.push({ effect, dueAt })
      },
    },
    flush: () => {
      if (events.length > 0) writeEvents(session, events)
      if (effects.length > 0) writeEffects(session, effects)
    },
  }
}

// One JSON parameter, whatever the number of rows: one prepared statement serves them all.
function writeEvents({ sql, post }: Session, events: readonly AuditEvent[]): void {
  const records = events.map((event, position) => ({ ...auditRecord(event), position }))
  post(sql`
    insert into audit_events
      (at, actor_id, action, request_id, grant_id, account_id, resource_id, entitlement_id, policy, details)
    select at, actor_id, action, request_id, grant_id, account_id, resource_id, entitlement_id,
      policy, details
    from jsonb_to_recordset(${jsonText(records)}::text::jsonb) as event (
      at timestamptz, actor_id uuid, action text, request_id uuid, grant_id uuid, account_id uuid, resource_id text,
      entitlement_id text, policy jsonb, details jsonb, position integer)
    order by position`)
}

function writeEffects({ sql, post }: Session, effects: readonly { effect: Effect; dueAt: Date }[]): void {
  const rows = effects.map(({ effect, dueAt }) => ({ queue: queueOf(effect.kind), effect, due_at: dueAt }))
  post(sql`
    insert into outbox (queue, effect, due_at)
    select queue, effect, due_at
    from jsonb_to_recordset(${jsonText(rows)}::text::jsonb) as entry (queue text, effect jsonb, due_at timestamptz)`)
}
