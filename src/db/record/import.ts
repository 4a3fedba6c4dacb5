import type postgres from 'postgres'
import { unverifiedCheckpoint } from '../../domain/record/checkpoint.ts'
import { type Hash, Tree } from '../../domain/record/merkle.ts'
import type { RecordEntry, SaidOpening } from '../../domain/record/record-log.ts'
import type { Database } from '../database.ts'
import { appendLeaves } from './sequence.ts'

/** A log that was verified, and what it was found to be. */
export interface LogToImport {
  readonly origin: string
  /** The key that signed it last. */
  readonly lastKey: string
  readonly size: number
  readonly root: Hash
  readonly checkpoints: readonly string[]
  readonly entries: AsyncIterable<readonly RecordEntry[]>
  /** Null: they were left out. */
  readonly texts: AsyncIterable<SaidOpening> | null
  readonly at: Date
}

/** `not_empty`: the database holds a log already, or is in use. `changed`: the file is not the one that was verified. */
export type Imported =
  | { readonly kind: 'imported' | 'changed' }
  | { readonly kind: 'not_empty'; readonly origin: string }

const rowsAtOnce = 1_000

/** Imports a verified log into a database in which nothing has happened, in one transaction. */
export async function importLog({ sql }: Database, log: LogToImport): Promise<Imported> {
  try {
    return (await sql.begin(async (tx): Promise<Imported> => {
      // Others who import wait here.
      await tx`select from record_state for update`
      const origin = await originOfUsed(tx)
      if (origin !== null) return { kind: 'not_empty', origin }
      const positions = await addEntries(tx, log)
      await addCheckpoints(tx, log)
      if (log.texts) await addTexts(tx, log.texts, positions)
      await tx`insert into record_archive (imported_at, has_texts) values (${log.at}, ${log.texts !== null})`
      return { kind: 'imported' }
    })) as Imported
  } catch (error) {
    if (error instanceof OtherFile) return { kind: 'changed' }
    throw error
  }
}

/** The name of the log of a database that is in use. Null: nothing has happened in it. */
async function originOfUsed(tx: postgres.TransactionSql): Promise<string | null> {
  const [row] = await tx<{ origin: string }[]>`
    select origin from record_state where size > 0 or exists (select from record_archive)
      or exists (select from audit_events) or exists (select from accounts)`
  return row?.origin ?? null
}

/** Resolves with the position of each commitment to a text. */
async function addEntries(
  tx: postgres.TransactionSql,
  { origin, lastKey, size, root, entries, checkpoints }: LogToImport,
): Promise<Map<string, number>> {
  const tree = new Tree()
  const positions = new Map<string, number>()
  let beganAfterId = 0
  for await (const batch of inParts(entries)) {
    const leaves = batch.map(({ position, event, hash }) => ({
      // Nobody knows the id of an event that retention removed.
      eventId: event?.id ?? -position - 1,
      hash: hash ?? Buffer.alloc(0),
    }))
    await appendLeaves(tx, tree, leaves)
    const rows = batch.flatMap(({ position, event }) => (event ? [{ position, event }] : []))
    for (const { position, event } of rows) {
      for (const commitment of Object.values(event.said ?? {})) positions.set(commitment, position)
      if (event.action === 'record.began')
        beganAfterId = Number((event.details as { earlier_events_up_to?: unknown }).earlier_events_up_to ?? 0)
    }
    await tx`
      insert into archived_events (position, action, request_id, reference, event)
      select * from unnest(${rows.map(({ position }) => String(position))}::bigint[], ${rows.map(({ event }) => event.action)}::text[],
        ${rows.map(({ event }) => event.request?.id ?? null)}::text[], ${rows.map(({ event }) => event.request?.reference ?? null)}::text[],
        ${rows.map(({ event }) => JSON.stringify(event))}::text[])`
  }
  if (tree.size !== size || !tree.root().equals(root) || checkpoints.length === 0) throw new OtherFile()
  await tx`
    update record_state set origin = ${origin}, key = ${lastKey}, began_after_id = ${beganAfterId}::bigint, size = ${size}::bigint,
      edge = ${tree.edge.map((hash) => hash.toString('hex'))}::text[]`
  return positions
}

async function addCheckpoints(tx: postgres.TransactionSql, { checkpoints, at }: LogToImport): Promise<void> {
  const sizes = checkpoints.map((note) => String(unverifiedCheckpoint(note)?.size ?? -1))
  await tx`
    insert into record_checkpoints (size, note, signed_at)
    select size, note, ${at} from unnest(${sizes}::bigint[], ${[...checkpoints]}::text[]) as one (size, note)
    on conflict do nothing`
}

async function addTexts(
  tx: postgres.TransactionSql,
  texts: AsyncIterable<SaidOpening>,
  positions: ReadonlyMap<string, number>,
): Promise<void> {
  const one = async function* () {
    for await (const text of texts) yield [text]
  }
  for await (const batch of inParts(one())) {
    const at = batch.map(({ commitment }) => positions.get(commitment)?.toString() ?? null)
    await tx`
      insert into archived_texts (commitment, field, position, salt, text)
      select * from unnest(${batch.map(({ commitment }) => commitment)}::text[], ${batch.map(({ field }) => field)}::text[],
        ${at}::bigint[], ${batch.map(({ opened }) => opened?.salt ?? null)}::text[],
        ${batch.map(({ opened }) => opened?.text ?? null)}::text[])
      on conflict do nothing`
  }
}

async function* inParts<T>(batches: AsyncIterable<readonly T[]>): AsyncIterable<T[]> {
  let part: T[] = []
  for await (const batch of batches) {
    part.push(...batch)
    if (part.length >= rowsAtOnce) {
      yield part
      part = []
    }
  }
  if (part.length > 0) yield part
}

class OtherFile extends Error {}
