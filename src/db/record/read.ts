import type postgres from 'postgres'
import type { Range } from '../../domain/record/merkle.ts'
import type { RecordEntry, RecordLog, RemovedOfRequest, SaidOpening } from '../../domain/record/record-log.ts'
import type { Database } from '../database.ts'
import { type EventRow, eventColumns, eventJoins, toLeafEvent } from './events.ts'

type PlacedRow = EventRow & { readonly position: string; readonly hash: string }

const rowsAtOnce = 2_000

/** Everything that a verifier reads. */
export function readingIn({
  sql,
}: Database): Pick<
  RecordLog,
  'entries' | 'entriesOf' | 'removalsOf' | 'openings' | 'textFaults' | 'countUnsequenced'
> {
  return {
    async *entries(from) {
      for (let next = from; ; ) {
        const rows = await sql<PlacedRow[]>`
          select l.position, l.hash, ${eventColumns(sql)}
          from record_leaves l left join audit_events e on e.id = l.event_id ${eventJoins(sql)}
          where l.position >= ${next}::bigint order by l.position limit ${rowsAtOnce}`
        if (rows.length > 0) yield rows.map(toEntry)
        if (rows.length < rowsAtOnce) return
        next = Number(rows.at(-1)?.position) + 1
      }
    },
    entriesOf: async (requestId) => {
      const rows = await sql<PlacedRow[]>`
        select l.position, l.hash, ${eventColumns(sql)}
        from audit_events e join record_leaves l on l.event_id = e.id ${eventJoins(sql)}
        where e.request_id = ${requestId} order by l.position`
      return rows.map(toEntry)
    },
    removalsOf: (reference) => removalsOf({ sql }, reference),
    async *openings(requestId) {
      for (let after = ''; ; ) {
        const rows = await sql<(Omit<SaidOpening, 'opened'> & { salt: string | null; text: string })[]>`
          select t.commitment, t.field, t.salt, ${textOf(sql)} as text from record_texts t
          where t.commitment > ${after} and (${requestId}::uuid is null or t.request_id = ${requestId}::uuid)
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
    textFaults: async ({ from, to }: Range) => {
      const rows = await sql<{ position: string; field: string; isThere: boolean; isErased: boolean }[]>`
        select * from (
          select l.position, c.key as field, t.commitment is not null as is_there,
            t.salt is null as is_erased, e.confirmed_at is not null as is_confirmed,
            coalesce(encode(sha256(decode(t.salt, 'hex') || convert_to(${textOf(sql)}, 'UTF8')), 'hex') = c.value, false) as is_same
          from record_leaves l
          join audit_events a on a.id = l.event_id and a.said is not null
          cross join lateral jsonb_each_text(a.said) as c
          left join record_texts t on t.commitment = c.value and t.field = c.key
          left join erasures e on e.id = t.erasure_id
          where l.position >= ${from}::bigint and l.position < ${to}::bigint) texts
        where not is_there or case when is_erased then not is_confirmed else not is_same end
        order by position limit 20`
      const changed = await changedActivity(sql, { from, to })
      return [
        ...rows.map(({ position, field, isThere, isErased }) => ({
          position: Number(position),
          what: textFault(field, isThere, isErased),
        })),
        ...changed,
      ].slice(0, 20)
    },
    countUnsequenced: async (before) => {
      const [row] = await sql<{ count: number }[]>`
        select count(*)::integer as count from audit_events e
        where at < ${before} and not exists (select from record_leaves l where l.event_id = e.id)`
      return row?.count ?? 0
    },
  }
}

/** By what the removals themselves say. */
async function removalsOf({ sql }: Pick<Database, 'sql'>, reference: string): Promise<RemovedOfRequest[]> {
  const rows = await sql<RemovedOfRequest[]>`
    select details ->> 'rule' as rule, sum((details -> 'requests' ->> ${reference})::integer)::integer as count
    from audit_events where action = 'record.removed' and details -> 'requests' ? ${reference}
    group by 1 order by 1`
  return [...rows]
}

/** What was seen of a lease is removed after its time. What is there must be what was hashed at the end of the lease. */
async function changedActivity(sql: postgres.Sql, { from, to }: Range) {
  const rows = await sql<{ position: string }[]>`
    select l.position from record_leaves l
      join audit_events a on a.id = l.event_id and a.action = 'grant.activity_recorded'
      join lease_activity u on u.grant_id = a.grant_id and u.seen is not null
    where l.position >= ${from}::bigint and l.position < ${to}::bigint
      and encode(sha256(decode(u.salt, 'hex') || convert_to(u.seen, 'UTF8')), 'hex') is distinct from a.details ->> 'hash'
    order by l.position limit 20`
  return rows.map(({ position }) => ({
    position: Number(position),
    what: 'the activity of its lease is not what was recorded',
  }))
}

/** The text of a row `t` of `record_texts`. As a subquery, so that each is found by its index, also among millions. */
function textOf(sql: postgres.Sql) {
  return sql`(select s.text from said_texts s where s.request_id = t.request_id and s.field = t.field and s.row = t.row)`
}

function textFault(field: string, isThere: boolean, isErased: boolean): string {
  if (!isThere) return `the salt of its ${field} is gone`
  return isErased
    ? `its ${field} was erased, and no confirmed erasure says so`
    : `its ${field} is not the text that was recorded`
}

function toEntry(row: PlacedRow): RecordEntry {
  return {
    position: Number(row.position),
    event: row.id === null ? null : toLeafEvent(row),
    hash: Buffer.from(row.hash, 'hex'),
  }
}
