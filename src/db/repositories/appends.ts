import type { AuditEvent } from '../../domain/audit-event.ts'
import { type Effect, queueOf } from '../../domain/effect.ts'
import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { insertAll } from '../insert-all.ts'
import { auditRow } from '../mapping/audit-event.ts'
import { auditEvents } from '../schema/audit.ts'
import { outbox } from '../schema/outbox.ts'

const insertEvents = insertAll(auditEvents)
const insertEntries = insertAll(outbox)

/** Audit events and effects are held until the end and written as one statement each, sent along with the commit. */
export interface Appends extends Pick<Transaction, 'audit' | 'outbox'> {
  flush(): void
}

export function appendsIn({ run, pipeline }: Session): Appends {
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
      const entries = effects.map((row) => ({ ...row, queue: queueOf(row.effect.kind) }))
      if (events.length > 0) pipeline(run(insertEvents, { rows: events.map(auditRow) }))
      if (entries.length > 0) pipeline(run(insertEntries, { rows: entries }))
    },
  }
}
