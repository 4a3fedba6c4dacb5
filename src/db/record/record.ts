import { joined } from '../../domain/record/merkle.ts'
import type { RecordLog, RemovedPart, SignedCheckpoint } from '../../domain/record/record-log.ts'
import type { Database } from '../database.ts'
import { readingIn } from './read.ts'
import { sequence } from './sequence.ts'
import { hashesOf } from './tree.ts'

/** The record on Postgres. */
export function createRecord(database: Database): RecordLog {
  const { sql } = database
  return {
    sequence: (options) => sequence(database, options),
    hashesOf: (ranges) => hashesOf(database, ranges),
    ...readingIn(database),
    ...checkpointsIn(database),
    ...schedulesIn(database),
    state: async () => {
      const [row] = await sql<
        { origin: string; size: string; edge: string[]; key: string | null; beganAfterId: string }[]
      >`select origin, size, edge, key, began_after_id from record_state`
      if (!row) throw new Error('The record has no state')
      const { origin, size, edge, key, beganAfterId } = row
      const root = joined(edge.map((hash) => Buffer.from(hash, 'hex')))
      return { origin, size: Number(size), root, key, beganAfterId: Number(beganAfterId) }
    },
    adoptKey: async (key, at) => {
      const rows = await sql`
        with adopted as (
          update record_state set key = ${key} where key is null returning origin, began_after_id)
        insert into audit_events (at, action, details)
        select ${at}, 'record.began', jsonb_build_object(
          'origin', origin, 'key', ${key}::text, 'earlier_events_up_to', began_after_id) from adopted
        returning 1`
      return rows.length > 0
    },
    changeKey: async ({ from, to, signature }, at) => {
      const rows = await sql`
        with changed as (update record_state set key = ${to} where key = ${from} returning 1)
        insert into audit_events (at, action, details)
        select ${at}, 'record.key_changed', jsonb_build_object(
          'from', ${from}::text, 'to', ${to}::text, 'signature', ${signature}::text) from changed
        returning 1`
      return rows.length > 0
    },
    removeEvents: async ({ rule, actions, before, at, most, after }) => {
      const [row] = await sql<{ result: RemovedPart }[]>`
        select remove_audit_events(
          ${rule}, ${[...actions]}::text[], ${before}, ${at}, ${most}::integer, ${after}::bigint) as result`
      if (!row) throw new Error('Postgres does not say what it removed')
      return row.result
    },
    keyAt: async (size) => {
      const [row] = await sql<{ key: string | null }[]>`
        select coalesce((
          select e.details ->> 'from' from audit_events e join record_leaves l on l.event_id = e.id
          where e.action = 'record.key_changed' and l.position >= ${size}::bigint order by l.position limit 1), key) as key
        from record_state`
      return row?.key ?? null
    },
  }
}

type CheckpointRow = Omit<SignedCheckpoint, 'size'> & { readonly size: string }

function checkpointsIn({
  sql,
}: Database): Pick<RecordLog, 'checkpoints' | 'lastCheckpoint' | 'insertCheckpoint'> {
  const read = (rows: readonly CheckpointRow[]) => rows.map((row) => ({ ...row, size: Number(row.size) }))
  return {
    checkpoints: async (from) =>
      read(
        await sql<CheckpointRow[]>`
        select size, note, signed_at from record_checkpoints where size >= ${from}::bigint order by size`,
      ),
    lastCheckpoint: async () =>
      read(
        await sql<CheckpointRow[]>`
        select size, note, signed_at from record_checkpoints order by size desc limit 1`,
      )[0] ?? null,
    insertCheckpoint: async ({ size, note, signedAt }, key) => {
      const rows = await sql`
        insert into record_checkpoints (size, note, signed_at)
        select ${size}::bigint, ${note}, ${signedAt} from (select from record_state where key = ${key} for share) mine
        on conflict do nothing returning 1`
      return rows.length > 0
    },
  }
}

function schedulesIn({
  sql,
}: Database): Pick<RecordLog, 'claimPublication' | 'claimVerification' | 'noteVerified'> {
  return {
    claimPublication: async (now, everySeconds) => {
      const [row] = await sql<{ size: string }[]>`
        update record_state set published_at = ${now}, published_size = latest.size
        from (select max(size) as size from record_checkpoints) latest
        where latest.size > published_size
          and (published_at is null or published_at <= ${now}::timestamptz - make_interval(secs => ${everySeconds}))
        returning latest.size`
      return row ? Number(row.size) : null
    },
    claimVerification: async (now, periods) => {
      const [row] = await sql<{ verifiedSize: string; isWhole: boolean }[]>`
        update record_state set verified_at = ${now},
          whole_verified_at = case when due.whole then ${now} else whole_verified_at end
        from (select coalesce(whole_verified_at <= ${now}::timestamptz - make_interval(secs => ${periods.whole}), true) as whole,
          coalesce(verified_at <= ${now}::timestamptz - make_interval(secs => ${periods.new}), true) as fresh
          from record_state for update) due
        where due.whole or due.fresh
        returning verified_size, due.whole as is_whole`
      if (!row) return null
      return row.isWhole ? { scope: 'whole', from: 0 } : { scope: 'new', from: Number(row.verifiedSize) }
    },
    noteVerified: async (size) => {
      await sql`update record_state set verified_size = ${size}::bigint where verified_size < ${size}::bigint`
    },
  }
}
