import type { LeafEvent } from '../../domain/record/leaf.ts'
import type { RecordEntry, RecordLog, RemovedOfRequest, SaidOpening } from '../../domain/record/record-log.ts'
import type { Database } from '../database.ts'
import { createRecord } from './record.ts'

/** Whether this database holds an imported log. */
export async function isArchive({ sql }: Database): Promise<boolean> {
  const rows = await sql`select from record_archive`
  return rows.length > 0
}

/** The request of an imported log with this reference. Null: there is none. */
export async function archivedRequest(
  { sql }: Database,
  reference: string,
): Promise<{ readonly id: string; readonly reference: string } | null> {
  const [row] = await sql<{ id: string }[]>`
    select request_id as id from archived_events where reference = ${reference} limit 1`
  return row ? { id: row.id, reference } : null
}

/** An imported log: it is read, verified and proven as the log that it came from. It does not go on. */
export function createArchive(database: Database): RecordLog {
  return { ...createRecord(database), ...readingIn(database), ...closed }
}

interface EntryRow {
  readonly position: string
  readonly hash: string
  readonly event: string | null
}

const rowsAtOnce = 2_000

function readingIn({
  sql,
}: Database): Pick<RecordLog, 'entries' | 'entriesOf' | 'removalsOf' | 'openings' | 'textFaults' | 'keyAt'> {
  return {
    async *entries(from) {
      for (let next = from; ; ) {
        const rows = await sql<EntryRow[]>`
          select l.position, l.hash, e.event from record_leaves l left join archived_events e on e.position = l.position
          where l.position >= ${next}::bigint order by l.position limit ${rowsAtOnce}`
        if (rows.length > 0) yield rows.map(toEntry)
        if (rows.length < rowsAtOnce) return
        next = Number(rows.at(-1)?.position) + 1
      }
    },
    entriesOf: async (requestId) => {
      const rows = await sql<EntryRow[]>`
        select l.position, l.hash, e.event from archived_events e join record_leaves l on l.position = e.position
        where e.request_id = ${requestId} order by l.position`
      return rows.map(toEntry)
    },
    removalsOf: async (reference) => {
      const rows = await sql<RemovedOfRequest[]>`
        select details ->> 'rule' as rule, sum((details -> 'requests' ->> ${reference})::integer)::integer as count
        from (select event::jsonb -> 'details' as details from archived_events where action = 'record.removed') removals
        where details -> 'requests' ? ${reference} group by 1 order by 1`
      return [...rows]
    },
    async *openings(requestId) {
      for (let after = ''; ; ) {
        const rows = await sql<
          (Omit<SaidOpening, 'opened'> & { salt: string | null; text: string | null })[]
        >`
          select t.commitment, t.field, t.salt, t.text from archived_texts t left join archived_events e on e.position = t.position
          where t.commitment > ${after} and (${requestId}::text is null or e.request_id = ${requestId}::text)
          order by t.commitment limit ${rowsAtOnce}`
        if (rows.length > 0)
          yield rows.map(({ commitment, field, salt, text }) => ({
            commitment,
            field,
            opened: salt === null ? null : { salt, text: text ?? '' },
          }))
        if (rows.length < rowsAtOnce) return
        after = rows.at(-1)?.commitment ?? ''
      }
    },
    textFaults: async ({ from, to }) => {
      const rows = await sql<{ position: string; field: string; isThere: boolean }[]>`
        select e.position, c.key as field, t.commitment is not null as is_there
        from archived_events e cross join record_archive a
          cross join lateral jsonb_each_text(coalesce(nullif(e.event::jsonb -> 'said', 'null'), '{}')) as c
          left join archived_texts t on t.commitment = c.value
        where e.position >= ${from}::bigint and e.position < ${to}::bigint and case
          when t.commitment is null then a.has_texts
          when t.salt is null then false
          else encode(sha256(decode(t.salt, 'hex') || convert_to(t.text, 'UTF8')), 'hex') <> c.value end
        order by e.position limit 20`
      return rows.map(({ position, field, isThere }) => ({
        position: Number(position),
        what: isThere ? `its ${field} is not the text that was recorded` : `the salt of its ${field} is gone`,
      }))
    },
    keyAt: async (size) => {
      const [row] = await sql<{ key: string | null }[]>`
        select coalesce((
          select event::jsonb #>> '{details,from}' from archived_events
          where action = 'record.key_changed' and position >= ${size}::bigint order by position limit 1), key) as key
        from record_state`
      return row?.key ?? null
    },
  }
}

function toEntry({ position, hash, event }: EntryRow): RecordEntry {
  return {
    position: Number(position),
    event: event === null ? null : (JSON.parse(event) as LeafEvent),
    hash: Buffer.from(hash, 'hex'),
  }
}

async function refuse(): Promise<never> {
  throw new Error('This database holds an imported log. It is read, verified and proven, and does not go on.')
}

const closed = {
  sequence: refuse,
  adoptKey: refuse,
  changeKey: refuse,
  insertCheckpoint: refuse,
  claimPublication: refuse,
  claimVerification: refuse,
  noteVerified: refuse,
  removeEvents: refuse,
} satisfies Partial<RecordLog>
