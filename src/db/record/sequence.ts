import type postgres from 'postgres'
import { leafText } from '../../domain/record/leaf.ts'
import { type Hash, leafHash, type Subtree, Tree } from '../../domain/record/merkle.ts'
import type { Database } from '../database.ts'
import { type EventRow, eventColumns, eventJoins, toLeafEvent } from './events.ts'

/** One process adds to the tree at a time: it holds this advisory lock in its transaction. Its end, however it comes, frees the lock. */
const sequencerLock = 7_226_011_844

/**
 * The time after which a gap in the ids is final. A statement of ours ends within 15 seconds, so by then it has a transaction id,
 * and the snapshot shows whether that transaction is over.
 */
const settleSeconds = 20

interface State {
  readonly size: string
  readonly edge: string[]
  readonly seenId: string
  readonly settledId: string
}

/**
 * Adds committed events to the tree. Usually those after the greatest id that has a position. Transactions commit in another
 * order than their ids, so `late` also looks at all ids that are not settled yet.
 */
export async function sequence(
  { sql }: Database,
  { late = false, most = 2_000 }: { late?: boolean; most?: number } = {},
): Promise<number> {
  if (!late && !(await hasNew(sql))) return 0
  return sql.begin(async (tx) => {
    const [held] = await tx<{ held: boolean }[]>`select pg_try_advisory_xact_lock(${sequencerLock}) as held`
    if (!held?.held) return 0
    const [state] = await tx<State[]>`select size, edge, seen_id, settled_id from record_state`
    if (!state) throw new Error('The record has no state. Run `daypass migrate`.')
    const after = late ? state.settledId : state.seenId
    const rows = await tx<EventRow[]>`
      select ${eventColumns(tx as unknown as postgres.Sql)} from audit_events e ${eventJoins(tx as unknown as postgres.Sql)}
      where e.id > ${after}::bigint and not exists (select from record_leaves l where l.event_id = e.id)
      order by e.id limit ${most}::integer`
    if (rows.length > 0) await append(tx, state, rows)
    if (late && rows.length < most) await settle(tx)
    return rows.length
  }) as Promise<number>
}

async function hasNew(sql: postgres.Sql): Promise<boolean> {
  const [row] = await sql<{ isNew: boolean }[]>`
    select exists (select from audit_events where id > (select seen_id from record_state)) as is_new`
  return row?.isNew ?? false
}

async function append(tx: postgres.TransactionSql, state: State, rows: readonly EventRow[]): Promise<void> {
  const tree = new Tree(
    Number(state.size),
    state.edge.map((hash) => Buffer.from(hash, 'hex')),
  )
  const leaves = rows.map((row) => ({ eventId: row.id, hash: leafHash(leafText(toLeafEvent(row))) }))
  const seenId = Math.max(Number(state.seenId), ...rows.map(({ id }) => Number(id)))
  const stored = appendLeaves(tx, tree, leaves)
  await Promise.all([
    stored,
    tx`update record_state set size = ${tree.size}::bigint, seen_id = ${seenId}::bigint,
      edge = ${tree.edge.map((hash) => hash.toString('hex'))}::text[]`,
  ])
}

/** Appends leaves to the tree, and stores them with the hashes of complete subtrees. */
export async function appendLeaves(
  tx: postgres.TransactionSql,
  tree: Tree,
  leaves: readonly { readonly eventId: number | string; readonly hash: Hash }[],
): Promise<void> {
  const { size } = tree
  const nodes: (Subtree & { hash: string })[] = []
  for (const { hash } of leaves)
    tree.append(hash, (node, of) => {
      if (node.level % 8 === 0) nodes.push({ ...node, hash: of.toString('hex') })
    })
  await Promise.all([
    tx`insert into record_leaves (position, event_id, hash)
      select ${size}::bigint + place - 1, event_id, hash
      from unnest(${leaves.map(({ eventId }) => String(eventId))}::bigint[], ${leaves.map(({ hash }) => hash.toString('hex'))}::text[])
        with ordinality as leaf (event_id, hash, place)`,
    nodes.length > 0 &&
      tx`insert into record_nodes (level, index, hash)
        select * from unnest(${nodes.map(({ level }) => level)}::integer[],
          ${nodes.map(({ index }) => String(index))}::bigint[], ${nodes.map(({ hash }) => hash)}::text[])`,
  ])
}

/** Everything that is visible has a position. Moves on where no transaction can be under way with an id up to the probe. */
async function settle(tx: postgres.TransactionSql): Promise<void> {
  await tx`
    update record_state set
      settled_id = case when is_over then probe_id else settled_id end,
      probe_id = greatest(seen_id, settled_id), probe_xid = pg_snapshot_xmax(pg_current_snapshot())::text, probed_at = now()
    from (select probed_at <= now() - make_interval(secs => ${settleSeconds})
      and pg_snapshot_xmin(pg_current_snapshot()) >= probe_xid::xid8 as is_over from record_state) as probe
    where probe_id is null or is_over
      or probe_xid::xid8 > pg_snapshot_xmax(pg_current_snapshot())`
}
