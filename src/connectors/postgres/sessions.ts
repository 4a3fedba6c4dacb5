import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorError } from '../../domain/connector.ts'
import { sqlStateOf } from './errors.ts'
import { quoteIdentifier } from './quoting.ts'
import type { Operation, Session } from './target.ts'

/** Milliseconds. */
const patience = 8_000
const pollEvery = 25
const arrivalPatience = 300

/**
 * Ends every session that was opened as this role, whatever it does or became since (`set role`, idle in transaction),
 * until none is left. The role must not be able to log in any more. Resolves with the processes that were seen. Throws
 * `still_present` when some do not end.
 */
export async function endSessions(
  operation: Operation,
  role: { oid: number; name: string },
): Promise<ReadonlySet<number>> {
  const seen = new Set<number>()
  const startedAt = Date.now()
  let arriving: readonly number[] | null = null
  for (;;) {
    // Each look borrows a connection anew: others that revoke at the same time take turns.
    const look = await operation.session((session) => endOnce(session, role, arriving))
    arriving = look.arriving
    for (const pid of look.ended) seen.add(pid)
    const waited = Date.now() - startedAt
    if (look.ended.length === 0 && (arriving.length === 0 || waited > arrivalPatience)) return seen
    if (waited > patience) throw stubborn(role.name, look.ended)
    await pause(pollEvery)
  }
}

async function endOnce(
  session: Session,
  role: { oid: number; name: string },
  among: readonly number[] | null,
): Promise<{ ended: readonly number[]; arriving: readonly number[] }> {
  const starting = await startingBackends(session, among)
  const { ours, known } = await endVisible(session, role.oid, starting)
  const arriving = starting.filter((pid) => !known.has(pid))
  const hidden = await endHidden(session, role.name, arriving)
  return { ended: [...ours, ...hidden], arriving }
}

/** Tells every session of the role that is listed now to end. Resolves with their processes. */
export async function tellSessionsToEnd(session: Session, oid: number): Promise<readonly number[]> {
  return (await endVisible(session, oid, [])).ours
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
async function endVisible(session: Session, oid: number, starting: readonly number[]) {
  const rows = await session.query<{ pid: number; ours: boolean }>(
    `select pid, coalesce(usesysid = $1, false) as ours,
      case when usesysid = $1 then pg_terminate_backend(pid) end
    from pg_stat_activity
    where pid <> pg_backend_pid()
      and (usesysid = $1 or (pid = any ($2::int[]) and (usesysid is not null or datid is not null)))`,
    [oid, starting],
  )
  return {
    ours: rows.filter((row) => row.ours).map(({ pid }) => pid),
    known: new Set(rows.map(({ pid }) => pid)),
  }
}

/** Ends those that belong to the role. Acting as the role itself, nobody else's can be hit: Postgres refuses it. */
async function endHidden(session: Session, role: string, pids: readonly number[]): Promise<number[]> {
  const ended: number[] = []
  for (const pid of pids) {
    try {
      await session.query(
        `begin; set local role ${quoteIdentifier(role)}; select pg_terminate_backend(${pid}); commit`,
      )
      ended.push(pid)
    } catch (error) {
      if (sqlStateOf(error) !== '42501') throw error
      await session.query('rollback')
    }
  }
  return ended
}

function stubborn(role: string, left: readonly number[]): ConnectorError {
  return new ConnectorError(
    'still_present',
    `${left.length} sessions of ${role} were told to end and have not (process ${left.join(', ')}). They can log in no more; somebody with a shell on the server can end them`,
    { retryable: true },
  )
}
