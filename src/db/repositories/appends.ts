import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Effect } from '../../domain/effect.ts'
import { commitmentTo, newSalt } from '../../domain/record/said-text.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { insertAll, insertBoth } from '../insert-all.ts'
import { auditRow } from '../mapping/audit-event.ts'
import { auditEvents, type NewAuditEventRow } from '../schema/audit.ts'
import { outbox } from '../schema/outbox.ts'
import { type NewRecordTextRow, recordTexts } from '../schema/record.ts'
import { storableText } from '../text.ts'

const insertAppends = insertBoth(auditEvents, outbox)
const insertTexts = insertAll(recordTexts)

/** Collects audit events and effects until the end. One statement writes them, in the round trip of the commit. */
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
      const { rows, texts } = committed(events)
      if (rows.length + effects.length > 0) pipeline(run(insertAppends, { one: rows, other: effects }))
      if (texts.length > 0) pipeline(run(insertTexts, { rows: texts }))
      return effects
    },
  }
}

/** The events as rows, each with a salted hash of the texts that it is about, and the salts. */
function committed(events: readonly AuditEvent[]): { rows: NewAuditEventRow[]; texts: NewRecordTextRow[] } {
  const texts: NewRecordTextRow[] = []
  const rows = events.map((event) => {
    if (!event.said || event.said.length === 0) return auditRow(event)
    const commitments = event.said.map(({ field, row, text }) => {
      const salt = newSalt()
      const commitment = commitmentTo(storableText(text), salt)
      texts.push({ commitment, field, row, requestId: event.requestId, salt })
      return [field, commitment] as const
    })
    return { ...auditRow(event), said: Object.fromEntries(commitments) }
  })
  return { rows, texts }
}
