import { ConnectorError, type Evidence } from '../../domain/connector.ts'
import { takeTurns } from '../_shared/take-turns.ts'
import { barring, type CutOff, isInTheWay, nothingCut, revokeMemberships } from './cut-off.ts'
import { isSqlError } from './errors.ts'
import { findLeaseRoles, isUsable, type LeaseRole } from './lease-role.ts'
import { entitlementRole, leaseRole } from './names.ts'
import { quoteIdentifier } from './quoting.ts'
import { evidenceOf, readStates } from './read-back.ts'
import type { RevocationOrder } from './revoke.ts'
import { endSessionsOf } from './sessions.ts'
import type { Operation, Session, Target } from './target.ts'
import { dropFormerRoles, isFormer } from './unused-roles.ts'

/** How many roles one message names: dropping a role takes a lock in the server's lock table until the commit. */
const setSize = 100
/** How many of those that cannot go with the others are revoked at the same time. */
const aloneAtOnce = 5
/** Milliseconds. A holder who resists keeps the others waiting this long, once for each step. */
const setPatience = { lock: 300, lockOfOne: 50, sessions: 1_500 }

/**
 * Takes many roles away in a handful of statements: no login, no memberships, no sessions; no role; read back. An answer for
 * each, in their order. Those that own or prepared something, or resist, are left to `revokeOne` at the first step that
 * shows it, and the others go on without them.
 */
export function revokeTogether(
  target: Target,
  current: ReadonlySet<string>,
  orders: readonly RevocationOrder[],
  revokeOne: (order: RevocationOrder, before: CutOff) => Promise<Evidence>,
): readonly Promise<Evidence>[] {
  const together = target.operation((operation) => endTogether(operation, target, current, orders))
  const turns = takeTurns(aloneAtOnce)
  return orders.map(async (order) => {
    const { ended, cut } = await together
    const evidence = ended.get(order.grantId)
    if (evidence) return evidence
    return turns(async (done) => {
      const alone = await revokeOne(order, cut.get(order.grantId) ?? nothingCut)
      done()
      return alone
    })
  })
}

/** By grant. */
interface Together {
  readonly ended: Map<string, Evidence>
  /** The sessions already ended of each role that left the set. */
  readonly cut: Map<string, CutOff>
}

async function endTogether(
  operation: Operation,
  target: Target,
  current: ReadonlySet<string>,
  orders: readonly RevocationOrder[],
): Promise<Together> {
  const together: Together = { ended: new Map(), cut: new Map() }
  try {
    for (let from = 0; from < orders.length; from += setSize) {
      await endSet(operation, target, orders.slice(from, from + setSize), together)
    }
    const isOver = (order: RevocationOrder) =>
      together.ended.has(order.grantId) && isFormer(target, current, order)
    if (orders.some(isOver)) await dropFormerRoles(operation, target, current)
  } catch (error) {
    // One role may be the reason why Postgres refuses the set. A target that does not answer fails for all.
    if (!isSqlError(error) && !(error instanceof ConnectorError)) throw error
  }
  return together
}

/** A lease in the set, with its role. */
interface Member {
  readonly order: RevocationOrder
  readonly role: LeaseRole
}

async function endSet(
  operation: Operation,
  target: Target,
  orders: readonly RevocationOrder[],
  { ended, cut }: Together,
): Promise<void> {
  const { members, absent } = await findMembers(operation, target, orders)
  const barred = await barAll(operation, members)
  // Somebody may keep the role of the entitlement locked: the sessions end all the same, and memberships go with the roles.
  await Promise.allSettled([revokeMemberships(operation, rolesOf(barred))])
  const quiet = await endAllSessions(operation, barred, cut)
  const bare = await withoutLeftovers(operation, quiet)
  // Once a role is gone only a superuser could end a session of it.
  const dropped = await dropAll(operation, await endAllSessions(operation, bare, cut))
  await readBackAll(operation, dropped, absent, { ended, cut })
}

async function findMembers(
  operation: Operation,
  target: Target,
  orders: readonly RevocationOrder[],
): Promise<{ members: Member[]; absent: RevocationOrder[] }> {
  const found = await operation.session(async (session) => {
    const roles = await findLeaseRoles(
      session,
      orders.map(({ grantId }) => grantId),
    )
    return { roles, unfit: await findUnfit(session, target, roles, orders) }
  })
  const roles = new Map(found.roles.map((role) => [role.name, role]))
  const members = orders.flatMap((order) => {
    const role = roles.get(leaseRole(order.grantId))
    const group = groupOf(target, order)
    const fits = role && group !== null && !found.unfit.has(role.name) && !found.unfit.has(group)
    return fits ? [{ order, role }] : []
  })
  return { members, absent: orders.filter(({ grantId }) => !roles.has(leaseRole(grantId))) }
}

/** Null where this version no longer understands what was given. */
function groupOf(target: Target, { content, ...order }: RevocationOrder): string | null {
  return content && entitlementRole({ ...order, database: target.address.database, content })
}

/** Roles that the admin is no member of, that prepared a transaction, or that own something. */
async function findUnfit(
  session: Session,
  target: Target,
  roles: readonly LeaseRole[],
  orders: readonly RevocationOrder[],
): Promise<ReadonlySet<string>> {
  const groups = new Set(orders.flatMap((order) => groupOf(target, order) ?? []))
  const rows = await session.query<{ name: string }>(readUnfit(session), [
    roles.map(({ oid }) => oid),
    [...groups],
  ])
  return new Set(rows.map(({ name }) => name))
}

async function barAll(operation: Operation, members: readonly Member[]): Promise<readonly Member[]> {
  const bar = (some: readonly Member[], patience: number) =>
    operation.session((session) => session.query(barring(rolesOf(some), patience)))
  return allOrEach(members, bar)
}

async function dropAll(operation: Operation, members: readonly Member[]): Promise<readonly Member[]> {
  const drop = (some: readonly Member[], patience: number) => {
    const names = rolesOf(some).map(({ name }) => quoteIdentifier(name))
    const dropping = `begin; set local lock_timeout = ${patience}; drop role if exists ${names.join(', ')}; commit`
    return operation.session((session) => session.query(dropping))
  }
  return allOrEach(members, drop)
}

/** All in one message; where that fails, each in its own. Resolves with those for which it was done. */
async function allOrEach(
  members: readonly Member[],
  run: (some: readonly Member[], patience: number) => Promise<unknown>,
): Promise<readonly Member[]> {
  if (members.length === 0) return []
  const succeeds = async (some: readonly Member[], patience: number): Promise<boolean> => {
    try {
      await run(some, patience)
      return true
    } catch (error) {
      if (!isSqlError(error) && !isInTheWay(error)) throw error
      return false
    }
  }
  if (await succeeds(members, setPatience.lock)) return members
  const done: Member[] = []
  for (const member of members) if (await succeeds([member], setPatience.lockOfOne)) done.push(member)
  return done
}

/** Resolves with those of which no session is left. */
async function endAllSessions(
  operation: Operation,
  members: readonly Member[],
  cut: Map<string, CutOff>,
): Promise<readonly Member[]> {
  if (members.length === 0) return []
  const { seen, left } = await endSessionsOf(operation, rolesOf(members), setPatience.sessions)
  for (const { order, role } of members) {
    const before = cut.get(order.grantId) ?? nothingCut
    const sessionsEnded = before.sessionsEnded + (seen.get(role.oid)?.size ?? 0)
    cut.set(order.grantId, { ...before, sessionsEnded })
  }
  return members.filter(({ role }) => !left.has(role.oid))
}

/** Those that left nothing behind, in no database of the server: what is to be handed over is handed over one by one. */
async function withoutLeftovers(
  operation: Operation,
  members: readonly Member[],
): Promise<readonly Member[]> {
  if (members.length === 0) return []
  const rows = await operation.session((session) =>
    session.query<{ oid: number }>(readLeftBehind, [rolesOf(members).map(({ oid }) => oid)]),
  )
  const owing = new Set(rows.map(({ oid }) => oid))
  return members.filter(({ role }) => !owing.has(role.oid))
}

async function readBackAll(
  operation: Operation,
  dropped: readonly Member[],
  absent: readonly RevocationOrder[],
  { ended, cut }: Together,
): Promise<void> {
  const all = [...dropped, ...absent.map((order) => ({ order, role: null }))]
  if (all.length === 0) return
  const wanted = all.map(({ order, role }) => ({ name: leaseRole(order.grantId), oid: role?.oid ?? 0 }))
  const states = await operation.session((session) => readStates(session, wanted))
  for (const [index, { order, role }] of all.entries()) {
    const seen = states[index]
    if (!seen || seen.present || seen.sessions > 0 || seen.prepared > 0) continue
    const revoked = { role, cut: cut.get(order.grantId) ?? nothingCut, cleared: nothingCleared, pending: [] }
    ended.set(order.grantId, evidenceOf(seen.name, seen, revoked))
  }
}

function rolesOf(members: readonly Member[]): LeaseRole[] {
  return members.map(({ role }) => role)
}

const nothingCleared = { databases: [], reassigned: [] }

const ownsOrHolds = (deptypes: string) => `exists (select from pg_shdepend
  where refclassid = 'pg_authid'::regclass and refobjid = r.oid and deptype ${deptypes})`
const hasPrepared = 'exists (select from pg_prepared_xacts where owner = r.rolname)'

/**
 * Before Postgres 16 a member may act as the entitlement's role, so what that role owns was made by a holder. What a
 * session made for itself alone goes when it ends, so a lease's role is looked at once more then.
 */
const readUnfit = (session: Session) => `
select r.rolname as name from pg_roles r
where (r.oid = any ($1::oid[]) and (not ${isUsable(session)} or ${hasPrepared}))
  or (r.rolname = any ($2::text[]) and ${ownsOrHolds("= 'o'")})`

const readLeftBehind = `
select r.oid from pg_roles r where r.oid = any ($1::oid[]) and (${hasPrepared} or ${ownsOrHolds("<> ''")})`
