import type { AccessOrder, Evidence } from '../../domain/connector.ts'
import { type CutOff, cutOff, nothingCut } from './cut-off.ts'
import type { Offers } from './entitlements.ts'
import { findLeaseRole, type LeaseRole } from './lease-role.ts'
import { groupsThatExist } from './leftovers.ts'
import { entitlementRole, leaseRole } from './names.ts'
import type { Cleared } from './owned-objects.ts'
import { evidenceOf, type Revoked, readState } from './read-back.ts'
import { type BarredRole, reasonItRemains, removeRole } from './remove-role.ts'
import type { PostgresEntitlement } from './schema.ts'
import type { Operation, Target } from './target.ts'

/** The content is null where this version no longer understands what was given. */
export type RevocationOrder = AccessOrder<PostgresEntitlement | null>

/**
 * Takes the lease's role away. Each step is committed and can be repeated, so that a revocation that died anywhere is
 * taken up again by the next: no login, no memberships, no sessions, nothing prepared; nothing owned or held; no role; read
 * back. Once the access is cut, a lock of somebody else's that keeps the role from being dropped fails nothing: the role is
 * removed later, see `removeLeftovers`. `before`: what was ended already when the role was one of a group.
 */
export async function revokeAccess(
  operation: Operation,
  target: Target,
  offers: Offers,
  access: RevocationOrder,
  before: CutOff = nothingCut,
): Promise<Evidence> {
  const role = await operation.session((session) => findLeaseRole(session, access.grantId))
  if (!role) return readBack(operation, access, { role, cut: before, cleared: nothingCleared, pending: [] })
  const cut = sumOf(before, await cutOffUnlessGone(operation, role))
  const { cleared, pending } = await clearUp(operation, target, offers, access, role)
  return readBack(operation, access, { role, cut, cleared, pending })
}

function sumOf(one: CutOff, other: CutOff): CutOff {
  return {
    sessionsEnded: one.sessionsEnded + other.sessionsEnded,
    preparedTransactions: one.preparedTransactions + other.preparedTransactions,
  }
}

/** Another revocation of the same grant may drop the role at any moment. */
async function cutOffUnlessGone(operation: Operation, role: LeaseRole): Promise<CutOff> {
  try {
    return await cutOff(operation, role)
  } catch (error) {
    const left = await operation.session((session) => readState(session, role.name, role.oid))
    if (left.present || left.sessions > 0) throw error
    return nothingCut
  }
}

async function clearUp(
  operation: Operation,
  target: Target,
  offers: Offers,
  access: RevocationOrder,
  role: LeaseRole,
): Promise<{ cleared: Cleared; pending: readonly string[] }> {
  try {
    const given = await givenBy(operation, target, offers, access)
    const cleared = await removeRole(operation, target, { ...role, ...given })
    return { cleared, pending: [] }
  } catch (error) {
    return { cleared: nothingCleared, pending: [reasonItRemains(error, access.resourceId)] }
  }
}

/** The roles that gave the lease what it had; all that may have, where that is no longer understood. */
async function givenBy(
  operation: Operation,
  target: Target,
  offers: Offers,
  { content, ...order }: RevocationOrder,
): Promise<Pick<BarredRole, 'groups' | 'entitlementRole'>> {
  if (content === null) {
    const groups = await operation.session((session) => groupsThatExist(session, target, offers))
    return { groups, entitlementRole: null }
  }
  const group = entitlementRole({ ...order, database: target.address.database, content })
  return { groups: [group, ...(content.roles ?? [])], entitlementRole: group }
}

async function readBack(
  operation: Operation,
  access: AccessOrder<unknown>,
  revoked: Revoked,
): Promise<Evidence> {
  const name = leaseRole(access.grantId)
  const seen = await operation.session((session) => readState(session, name, revoked.role?.oid ?? 0))
  return evidenceOf(name, seen, revoked)
}

const nothingCleared: Cleared = { databases: [], reassigned: [] }
