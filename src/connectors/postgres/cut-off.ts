import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorError } from '../../domain/connector.ts'
import { isCollision, sqlStateOf } from './errors.ts'
import { keepUsable, type LeaseRole } from './lease-role.ts'
import { leaseRolePattern } from './names.ts'
import { rollBackAllPrepared } from './prepared-transactions.ts'
import { quoteIdentifier } from './quoting.ts'
import { endSessions, tellSessionsToEnd } from './sessions.ts'
import { type Operation, retrying, type Session } from './target.ts'

/** Milliseconds for the login to be taken, against whoever holds the role's row. */
const patience = 8_000
const lockPatience = 500
const pollEvery = 50

/** The sessions and prepared transactions that were ended. */
export interface CutOff {
  readonly sessionsEnded: number
  readonly preparedTransactions: number
}

export const nothingCut: CutOff = { sessionsEnded: 0, preparedTransactions: 0 }

/**
 * Takes the role's login and memberships and ends all that was opened as it: afterwards nobody uses it. Each step is a
 * transaction of its own, so that a lock that is in the way of one does not undo another.
 */
export async function cutOff(operation: Operation, role: LeaseRole): Promise<CutOff> {
  const done = { sessions: new Set<number>(), prepared: 0 }
  if (!role.usable) await operation.session((session) => retrying(() => keepUsable(session, role.name)))
  const barred = await bar(operation, role, done)
  // Somebody may keep the role of the entitlement locked (Postgres 16): the sessions end all the same, on another connection.
  const [memberships, sessions] = await Promise.allSettled([
    revokeMemberships(operation, [role]),
    endSessions(operation, role),
  ])
  if (sessions.status === 'rejected') throw sessions.reason
  for (const pid of sessions.value) done.sessions.add(pid)
  // After the last session: one of them may have prepared a transaction just before it ended.
  done.prepared += await rollBackAllPrepared(operation, role)
  if (memberships.status === 'rejected') throw memberships.reason
  if (!barred) throw stillLocked(role)
  return { sessionsEnded: done.sessions.size, preparedTransactions: done.prepared }
}

interface Done {
  readonly sessions: Set<number>
  prepared: number
}

/**
 * Takes the login. The statement waits on one connection while another one ends the role's sessions and prepared
 * transactions: once it waits for the row, no session that comes later gets the row before it. False when somebody who
 * is no holder keeps it from being done.
 */
async function bar(operation: Operation, role: LeaseRole, done: Done): Promise<boolean> {
  const startedAt = Date.now()
  for (;;) {
    const waiting = { pid: 0, over: new AbortController() }
    const attempt = operation
      .session((session) => {
        waiting.pid = session.pid
        return session.query(barring([role], lockPatience))
      })
      .finally(() => waiting.over.abort())
    const [outcome] = await Promise.allSettled([attempt, clearTheWay(operation, role, waiting, done)])
    if (outcome.status === 'fulfilled') return true
    if (!isInTheWay(outcome.reason)) throw outcome.reason
    if (Date.now() - startedAt > patience) return false
  }
}

/**
 * `valid until 'epoch'` marks the role as one whose lease has ended: see `removeLeftovers`. One message, so that the
 * limit of the wait is not left behind on the connection.
 */
export function barring(roles: readonly Pick<LeaseRole, 'name'>[], patienceMs: number): string {
  const statements = roles.map(
    ({ name }) =>
      `alter role ${quoteIdentifier(name)} nologin password null connection limit 0 valid until 'epoch'`,
  )
  return `begin; set local lock_timeout = ${patienceMs}; ${statements.join('; ')}; commit`
}

/** A lock, a change at the same moment, or a server without room for our connection or locks: to be tried again. */
export function isInTheWay(error: unknown): boolean {
  return isCollision(error) || ['55P03', '53300', '53200'].includes(sqlStateOf(error))
}

/** Until the waiting statement is through: ends what may hold it up. Where nothing does, it is through before the first look. */
async function clearTheWay(
  operation: Operation,
  role: LeaseRole,
  waiting: { readonly pid: number; readonly over: AbortController },
  done: Done,
): Promise<void> {
  for (;;) {
    const { signal } = waiting.over
    // Rejects when the statement is through.
    await pause(pollEvery, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    const ended = await operation.session(async (session) => {
      const blocking = await session.query<{ pid: number; ours: boolean }>(endBlockingHolders, [
        waiting.pid,
        leaseRolePattern,
        role.oid,
      ])
      const ours = blocking.filter((one) => one.ours).map(({ pid }) => pid)
      return [...ours, ...(await tellSessionsToEnd(session, role.oid))]
    })
    for (const pid of ended) done.sessions.add(pid)
    done.prepared += await rollBackAllPrepared(operation, role)
  }
}

/** Takes all memberships of these roles, in one statement for each group. */
export async function revokeMemberships(operation: Operation, roles: readonly LeaseRole[]): Promise<void> {
  const memberships = await operation.session((session) =>
    session.query<Membership>(readMemberships(session), [roles.map(({ oid }) => oid)]),
  )
  for (const { group, grantor, members } of memberships) {
    await operation.session((session) => {
      const by = session.version >= 160_000 ? ` granted by ${quoteIdentifier(grantor)}` : ''
      const from = members.map(quoteIdentifier).join(', ')
      return retrying(() => session.query(`revoke ${quoteIdentifier(group)} from ${from}${by}`))
    })
  }
}

interface Membership {
  readonly group: string
  readonly grantor: string
  readonly members: readonly string[]
}

/** Those that the current user may take back; others end with the role. */
const readMemberships = ({ version }: Session) => `
select g.rolname as "group", b.rolname as grantor, jsonb_agg(r.rolname order by r.rolname) as members
from pg_auth_members m join pg_roles g on g.oid = m.roleid join pg_roles r on r.oid = m.member
left join pg_roles b on b.oid = m.grantor
where m.member = any ($1::oid[]) and (${version} < 160000 or pg_has_role(b.oid, 'USAGE'))
group by 1, 2`

/** Only holders of leases that the current user administers: others may not be ended. */
const endBlockingHolders = `
select s.pid, r.oid = $3 as ours, pg_terminate_backend(s.pid)
from unnest(pg_blocking_pids($1)) as b (pid) join pg_stat_activity s on s.pid = b.pid
join pg_roles r on r.oid = s.usesysid
where r.rolname ~ $2 and pg_has_role(r.oid, 'USAGE')`

function stillLocked(role: LeaseRole): ConnectorError {
  return new ConnectorError(
    'timeout',
    `the login of ${role.name} could not be taken within ${patience / 1000} seconds: somebody who is no holder of a lease keeps its row in pg_authid locked. Its sessions were ended and its memberships taken. End that transaction: see pg_blocking_pids() of the waiting alter role`,
    { retryable: true },
  )
}
