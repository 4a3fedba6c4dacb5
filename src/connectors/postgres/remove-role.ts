import { sqlStateOf, toConnectorError } from './errors.ts'
import { leftoverOwner } from './names.ts'
import { type Cleared, clearRole } from './owned-objects.ts'
import { quoteIdentifier } from './quoting.ts'
import { endSessions } from './sessions.ts'
import type { Operation, Session, Target } from './target.ts'

/** Milliseconds that dropping the role waits for a lock. */
const lockPatience = 1_000

/** A lease role that was cut off. */
export interface BarredRole {
  readonly oid: number
  readonly name: string
  /** Roles that gave it what it had: see `RoleToClear`. */
  readonly groups: readonly string[]
  /** The entitlement's role, which may own objects as well: before Postgres 16 its members may act as it. */
  readonly entitlementRole: string | null
}

/** Removes a role that was cut off, with all that it owns and holds. Does nothing where it is gone already. */
export async function removeRole(operation: Operation, target: Target, role: BarredRole): Promise<Cleared> {
  try {
    // Once the role is gone only a superuser could end a session of it.
    const [leaves] = await Promise.all([
      operation.session((session) => leavesSomething(session, role)),
      endSessions(operation, role),
    ])
    const cleared = leaves ? await clearAll(operation, target, role) : nothingCleared
    if (leaves) await endSessions(operation, role)
    await operation.session((session) => session.query(dropping(role)))
    return cleared
  } catch (error) {
    // Where another revocation of the same grant was faster, nothing is left to do.
    if (await isGone(operation, role)) return nothingCleared
    throw error
  }
}

const nothingCleared: Cleared = { databases: [], reassigned: [] }

/** Whether it owns or holds anything in any database of the server, or the entitlement's role owns something. */
async function leavesSomething(session: Session, { oid, entitlementRole }: BarredRole): Promise<boolean> {
  const [row] = await session.query<{ leaves: boolean }>(
    `select exists (select from pg_shdepend d where d.refclassid = 'pg_authid'::regclass and (d.refobjid = $1
      or (d.deptype = 'o' and d.refobjid = (select oid from pg_roles where rolname = $2)))) as leaves`,
    [oid, entitlementRole],
  )
  return row?.leaves !== false
}

/** Why the role is still there, in words: nothing of it lets anybody in. Throws what is no reason to leave it there. */
export function reasonItRemains(error: unknown, resourceId: string): string {
  const code = sqlStateOf(error)
  if (code === '55P03') return 'transactions of others hold locks on what it owns or was given'
  const known = toConnectorError(error, resourceId)
  if (known.code === 'unreachable' && !['53300', '53200'].includes(code)) throw known
  return known.message
}

async function clearAll(operation: Operation, target: Target, role: BarredRole): Promise<Cleared> {
  const newOwner = leftoverOwner(role.name)
  const shared = await operation.session((session) => ownerOfObjects(session, role.entitlementRole))
  const parts = [
    // First: its objects still give what the entitlement gives. Where one part fails, the other is cleared all the same.
    ...(shared ? [{ ...shared, newOwner, groups: [], dropPrivileges: false }] : []),
    { ...role, newOwner, dropPrivileges: true },
  ]
  const cleared: Cleared[] = []
  const failures: unknown[] = []
  for (const part of parts) {
    await clearRole(operation, target, part).then(
      (done) => cleared.push(done),
      (error: unknown) => failures.push(error),
    )
  }
  if (failures.length > 0) throw failures[0]
  return {
    databases: [...new Set(cleared.flatMap(({ databases }) => databases))],
    reassigned: cleared.flatMap(({ reassigned }) => reassigned),
  }
}

async function ownerOfObjects(
  session: Session,
  name: string | null,
): Promise<{ oid: number; name: string } | null> {
  if (name === null) return null
  const [row] = await session.query<{ oid: number; name: string }>(
    `select r.oid, r.rolname as name from pg_roles r where r.rolname = $1 and exists (
      select from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = r.oid and deptype = 'o')`,
    [name],
  )
  return row ?? null
}

function dropping({ name }: BarredRole): string {
  return `begin; set local lock_timeout = ${lockPatience}; drop role if exists ${quoteIdentifier(name)}; commit`
}

async function isGone(operation: Operation, { oid }: BarredRole): Promise<boolean> {
  const left = await operation.session((session) =>
    session.query('select from pg_roles where oid = $1', [oid]),
  )
  return left.length === 0
}
