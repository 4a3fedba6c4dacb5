import type { AccessOrder } from '../../domain/connector.ts'
import { isSqlError } from './errors.ts'
import { keepUsable } from './lease-role.ts'
import { entitlementRole, entitlementRolePrefix, leaseRolePattern, parseEntitlementComment } from './names.ts'
import { quoteIdentifier } from './quoting.ts'
import type { PostgresEntitlement } from './schema.ts'
import type { Operation, Session, Target } from './target.ts'

/** Milliseconds: a former role that somebody else's transaction ties down is left for the next time. */
const lockPatience = 1_000

/** A role that holds one content of an entitlement. */
export interface EntitlementRole {
  readonly oid: number
  readonly name: string
  /** Whether a lease has it. */
  readonly used: boolean
}

/** The entitlement roles of this target, as their comments say. */
export async function entitlementRolesHere(session: Session, target: Target): Promise<EntitlementRole[]> {
  const rows = await session.query<EntitlementRole & { comment: string }>(readEntitlementRoles, [
    entitlementRolePrefix,
    leaseRolePattern,
  ])
  return rows.filter(({ comment }) => {
    const place = parseEntitlementComment(comment)
    return place?.resourceId === target.resourceId && place.database === target.address.database
  })
}

/** Whether the catalog no longer offers what was given. */
export function isFormer(
  { address }: Target,
  current: ReadonlySet<string>,
  { content, ...order }: AccessOrder<PostgresEntitlement | null>,
): boolean {
  return content === null || !current.has(entitlementRole({ ...order, database: address.database, content }))
}

/**
 * Drops the entitlement roles whose content is no longer in the catalog and that no lease has. What cannot be dropped,
 * because somebody gave it more or made it an owner, stays: it gives nobody anything.
 */
export async function dropFormerRoles(
  operation: Operation,
  target: Target,
  current: ReadonlySet<string>,
): Promise<void> {
  const here = await operation.session((session) => entitlementRolesHere(session, target))
  for (const { oid, name, used } of here) {
    if (!used && !current.has(name)) await operation.session((session) => dropUnused(session, oid, name))
  }
}

async function dropUnused(session: Session, oid: number, name: string): Promise<void> {
  const role = quoteIdentifier(name)
  try {
    await session.query(`begin; set local lock_timeout = ${lockPatience}`)
    const [state] = await session.query<{ idle: boolean }>(readUse, [oid, leaseRolePattern])
    if (state?.idle) {
      await keepUsable(session, name)
      await session.query(`drop owned by ${role}; drop role ${role}`)
    }
    await session.query('commit')
  } catch (error) {
    if (!isSqlError(error)) throw error
    await session.query('rollback')
  }
}

const isUsed = `exists (select from pg_auth_members m join pg_roles l on l.oid = m.member
  where m.roleid = r.oid and l.rolname ~ $2)`

const readEntitlementRoles = `
select r.oid, r.rolname as name, coalesce(shobj_description(r.oid, 'pg_authid'), '') as comment, ${isUsed} as used
from pg_roles r where starts_with(r.rolname, $1) order by r.rolname`

/** One that owns something is not idle: dropping what it owns would drop somebody's work. */
const readUse = `
select not ${isUsed} and not exists (select from pg_shdepend
    where refclassid = 'pg_authid'::regclass and refobjid = r.oid and deptype = 'o') as idle
from pg_roles r where r.oid = $1`
