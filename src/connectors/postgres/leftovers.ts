import type { Offers } from './entitlements.ts'
import { leaseRolePattern, parseLeaseComment } from './names.ts'
import { reasonItRemains, removeRole } from './remove-role.ts'
import type { Operation, Session, Target } from './target.ts'
import { entitlementRolesHere } from './unused-roles.ts'

/** A lease role that is cut off but could not be dropped when its lease ended. */
export interface Leftover {
  readonly oid: number
  readonly name: string
}

/** Only a revocation sets `valid until 'epoch'`. */
export async function findLeftovers(session: Session, resourceId: string): Promise<readonly Leftover[]> {
  const rows = await session.query<Leftover & { comment: string }>(readLeftovers, [leaseRolePattern])
  return rows.filter(({ comment }) => parseLeaseComment(comment)?.resourceId === resourceId)
}

/** Tries again to drop what earlier revocations could not. Resolves with why each that is still there remains. */
export async function removeLeftovers(
  operation: Operation,
  target: Target,
  offers: Offers,
): Promise<ReadonlyMap<string, string>> {
  const leftovers = await operation.session((session) => findLeftovers(session, target.resourceId))
  const remaining = new Map<string, string>()
  if (leftovers.length === 0) return remaining
  const groups = await operation.session((session) => groupsThatExist(session, target, offers))
  for (const leftover of leftovers) {
    try {
      await removeRole(operation, target, { ...leftover, groups, entitlementRole: null })
    } catch (error) {
      remaining.set(leftover.name, reasonItRemains(error, target.resourceId))
    }
  }
  return remaining
}

/** The former content of the role is not known any more. Any privilege here may be needed to hand its objects over. */
export async function groupsThatExist(
  session: Session,
  target: Target,
  offers: Offers,
): Promise<readonly string[]> {
  const here = await entitlementRolesHere(session, target)
  const prepared = [...offers.values()].flatMap(({ roles = [] }) => roles)
  const rows = await session.query<{ name: string }>(
    'select rolname as name from pg_roles where rolname = any ($1::text[])',
    [prepared],
  )
  return [...here, ...rows].map(({ name }) => name)
}

const readLeftovers = `
select oid, rolname as name, coalesce(shobj_description(oid, 'pg_authid'), '') as comment
from pg_roles where rolname ~ $1 and not rolcanlogin and rolvaliduntil = 'epoch' order by rolname`
