import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorError } from '../../domain/connector.ts'
import { sqlStateOf } from './errors.ts'
import { quoteIdentifier } from './quoting.ts'
import type { Operation, Session } from './target.ts'

/** Milliseconds. */
const patience = 8_000
/** Sessions usually end at once, so the first looks come soon. */
const pollAfter = [1, 2, 5, 10]
const pollEvery = 25
const arrivalPatience = 300

interface Role {
  readonly oid: number
  readonly name: string
}

/**
 * Ends every session that was opened as this role, whatever it does or became since (`set role`, idle in transaction),
 * until none is left. The role must not be able to log in any more. Resolves with the processes that were seen. Throws
 * `still_present` when some do not end.
 */
export async function endSessions(operation: Operation, role: Role): Promise<ReadonlySet<number>> {
  const { seen, left } = await endSessionsOf(operation, [role], patience)
  const stubborn = left.get(role.oid)
  if (stubborn) throw doNotEnd(role.name, stubborn)
  return seen.get(role.oid) ?? new Set()
}

/** Processes by the oid of the role that they were opened as. */
type Processes = ReadonlyMap<number, ReadonlySet<number>>

/** The same for many roles at once. `left` holds what has not ended within `patienceMs`. */
export async function endSessionsOf(
  operation: Operation,
  roles: readonly Role[],
  patienceMs: number,
): Promise<{ seen: Processes; left: Processes }> {
  const seen = new Map<number, Set<number>>()
  const startedAt = Date.now()
  let arriving: readonly number[] | null = null
  for (let looks = 0; ; looks += 1) {
    // Each look borrows a connection anew: others that revoke at the same time take turns.
    const look = await operation.session((session) => endOnce(session, roles, arriving))
    arriving = look.arriving
    for (const one of look.ended) add(seen, one)
    const waited = Date.now() - startedAt
    if (look.ended.length === 0 && (arriving.length === 0 || waited > arrivalPatience))
      return { seen, left: new Map() }
    if (waited > patienceMs) {
      const left = new Map<number, Set<number>>()
      for (const one of look.ended) add(left, one)
      return { seen, left }
    }
    await pause(pollAfter[looks] ?? pollEvery)
  }
}

interface Ended {
  readonly oid: number
  readonly pid: number
}

function add(processes: Map<number, Set<number>>, { oid, pid }: Ended): void {
  const known = processes.get(oid)
  if (known) known.add(pid)
  else processes.set(oid, new Set([pid]))
}

async function endOnce(
  session: Session,
  roles: readonly Role[],
  among: readonly number[] | null,
): Promise<{ ended: readonly Ended[]; arriving: readonly number[] }> {
  const starting = await startingBackends(session, among)
  const oids = roles.map(({ oid }) => oid)
  const { ours, known } = await endVisible(session, oids, starting)
  const arriving = starting.filter((pid) => !known.has(pid))
  const hidden: Ended[] = []
  // At the first look, many are only on their way out. Each one costs a statement for each role.
  const isSecondLook = among !== null
  for (const role of isSecondLook && arriving.length > 0 ? roles : [])
    hidden.push(...(await endHidden(session, role, arriving)))
  return { ended: [...ours, ...hidden], arriving }
}

/** Tells every session of the role that is listed now to end. Resolves with their processes. */
export async function tellSessionsToEnd(session: Session, oid: number): Promise<readonly number[]> {
  return (await endVisible(session, [oid], [])).ours.map(({ pid }) => pid)
}

/**
 * Processes in a transaction: among them each that was let in as the role before it lost its login, but is not listed in
 * `pg_stat_activity` yet. A holder can stretch that moment by half an hour (`post_auth_delay`), outlive the role unseen,
 * and be served afterwards. Must be read before `pg_stat_activity`, so that nobody passes between the two. Those that
 * begin after the first look find that the role has no login.
 */
async function startingBackends(
  session: Session,
  among: readonly number[] | null,
): Promise<readonly number[]> {
  const rows = await session.query<{ pid: number }>(
    `select pid from pg_locks where locktype = 'virtualxid' and pid <> pg_backend_pid()
      and mode = 'ExclusiveLock' and ($1::int[] is null or pid = any ($1::int[]))`,
    [among],
  )
  return rows.map(({ pid }) => pid)
}

/** `usesysid` is who logged in: `set role` hides nothing. `known`: those of `starting` that are fully there. */
async function endVisible(session: Session, oids: readonly number[], starting: readonly number[]) {
  const rows = await session.query<{ pid: number; oid: number | null; ours: boolean }>(
    `select pid, usesysid as oid, coalesce(usesysid = any ($1::oid[]), false) as ours,
      case when usesysid = any ($1::oid[]) then pg_terminate_backend(pid) end
    from pg_stat_activity
    where pid <> pg_backend_pid()
      and (usesysid = any ($1::oid[]) or (pid = any ($2::int[]) and (usesysid is not null or datid is not null)))`,
    [oids, starting],
  )
  return {
    ours: rows.flatMap(({ pid, oid, ours }) => (ours && oid !== null ? [{ pid, oid }] : [])),
    known: new Set(rows.map(({ pid }) => pid)),
  }
}

/** Ends those that belong to the role. Acting as the role itself, nobody else's can be hit: Postgres refuses it. */
async function endHidden(session: Session, role: Role, pids: readonly number[]): Promise<Ended[]> {
  const ended: Ended[] = []
  for (const pid of pids) {
    try {
      await session.query(
        `begin; set local role ${quoteIdentifier(role.name)}; select pg_terminate_backend(${pid}); commit`,
      )
      ended.push({ oid: role.oid, pid })
    } catch (error) {
      if (sqlStateOf(error) !== '42501') throw error
      await session.query('rollback')
    }
  }
  return ended
}

function doNotEnd(role: string, left: ReadonlySet<number>): ConnectorError {
  return new ConnectorError(
    'still_present',
    `${left.size} sessions of ${role} were told to end and have not (process ${[...left].join(', ')}). They can log in no more; somebody with a shell on the server can end them`,
    { retryable: true },
  )
}
