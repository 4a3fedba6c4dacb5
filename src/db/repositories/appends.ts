import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Effect } from '../../domain/effect.ts'
import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { insertAll } from '../insert-all.ts'
import { auditRow } from '../mapping/audit-event.ts'
import { auditEvents } from '../schema/audit.ts'
import { outbox } from '../schema/outbox.ts'

const insertEvents = insertAll(auditEvents)
const insertEntries = insertAll(outbox)

/** Collects audit events and effects until the end. Each kind is written with one statement, in the round trip of the commit. */
export interface Appends extends Pick<Transaction, 'audit' | 'outbox'> {
  /** Sends the collected rows. Returns the effects that were added to the outbox. */
  flush(): readonly AddedEffect[]
}

export interface AddedEffect {
  readonly effect: Effect
  readonly dueAt: Date
}

export function appendsIn({ run, pipeline }: Session): Appends {
  const events: AuditEvent[] = []
  const effects: AddedEffect[] = []
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
      if (events.length > 0) pipeline(run(insertEvents, { rows: events.map(auditRow) }))
      if (effects.length > 0) pipeline(run(insertEntries, { rows: effects }))
      return effects
    },
  }
}
