import { isDeepStrictEqual } from 'node:util'
import { type Access, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { keepEntitlementRole } from './entitlement-role.ts'
import type { Entitlements } from './entitlements.ts'
import { findLeaseRole, keepLeaseRole, type LeaseRole, requireFuture } from './lease-role.ts'
import { entitlementRole, leaseRole } from './names.ts'
import { requirePreparedRoles } from './prepared-roles.ts'
import type { Operation, Target } from './target.ts'

/** Makes the lease's role, or brings it to what `access` says, in one transaction; then reads it back. */
export async function grantAccess(
  operation: Operation,
  target: Target,
  entitlements: Entitlements,
  access: Access,
): Promise<Evidence> {
  const entitlement = entitlements.approved(access)
  const wish = { ...access, database: target.address.database, entitlement }
  const prepared = entitlement.roles ?? []
  const groups = [...new Set([entitlementRole(wish), ...prepared])].sort()
  const repaired = await operation.transaction(grantQueue(access), async (session) => {
    await requireFuture(session, access)
    await requirePreparedRoles(session, prepared)
    const changes = await keepEntitlementRole(session, wish)
    await keepLeaseRole(session, access, { groups, connectionLimit: target.settings.connectionLimit })
    return changes
  })
  const role = await operation.session((session) => findLeaseRole(session, access.grantId))
  return evidence(target, access, requireWhole(role, access, groups), repaired)
}

/** The name under which this process does one thing after the other about one grant. */
export function grantQueue(access: Access): string {
  return `grant:${access.grantId}`
}

function requireWhole(role: LeaseRole | null, access: Access, groups: readonly string[]): LeaseRole {
  const whole =
    role?.canLogin &&
    role.validUntil?.getTime() === access.until.getTime() &&
    isDeepStrictEqual([...role.memberOf].sort(), groups)
  if (role && whole) return role
  throw new ConnectorError(
    'conflict',
    `${leaseRole(access.grantId)} was changed by somebody while it was made`,
    {
      retryable: true,
    },
  )
}

function evidence(target: Target, access: Access, role: LeaseRole, repaired: readonly string[]): Evidence {
  return {
    readAt: role.now,
    summary: `Role ${role.name} can log in until ${access.until.toISOString()} and holds ${role.memberOf.join(', ')}.`,
    facts: {
      role: role.name,
      database: target.address.database,
      canLogin: role.canLogin,
      validUntil: access.until.toISOString(),
      connectionLimit: role.connectionLimit,
      memberOf: role.memberOf,
      broughtInStep: repaired,
    },
  }
}
