import { isDeepStrictEqual } from 'node:util'
import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { keepEntitlementRole } from './entitlement-role.ts'
import { sqlStateOf } from './errors.ts'
import { createLeaseRoles, findLeaseRole, isThere, keepLeaseRole, type LeaseRole } from './lease-role.ts'
import { entitlementRole, leaseRole } from './names.ts'
import { requirePreparedRoles } from './prepared-roles.ts'
import type { PostgresEntitlement } from './schema.ts'
import type { Operation, Target } from './target.ts'
import { dropFormerRoles } from './unused-roles.ts'

/**
 * Makes the lease's role, or brings it to what `access` says, in one transaction; then reads it back. `current`: the
 * entitlement roles that hold what the catalog offers now.
 */
export async function grantAccess(
  operation: Operation,
  target: Target,
  current: ReadonlySet<string>,
  access: AccessOrder<PostgresEntitlement>,
): Promise<Evidence> {
  const { wish, prepared, groups } = membershipsOf(target, access)
  let isNew = await operation.session(async (session) => {
    const isNew = !(await isThere(session, access))
    await requirePreparedRoles(session, prepared)
    return isNew
  })
  const repaired = await keepEntitlementRole(operation, wish, target.inStep)
  const wanted = { groups, connectionLimit: target.settings.connectionLimit }
  await operation.transaction(grantQueue(access), (session) => {
    const making = isNew
      ? createLeaseRoles(session, [access], wanted)
      : keepLeaseRole(session, access, wanted)
    // It runs again when another worker made the role meanwhile.
    isNew = false
    return making.catch((error) =>
      Promise.reject(sqlStateOf(error) === '42704' ? droppedMeanwhile(access) : error),
    )
  })
  if (repaired.length > 0) await dropFormerRoles(operation, target, current)
  const role = await operation.session((session) => findLeaseRole(session, access.grantId))
  return evidenceOf(target, access, { role, groups, repaired })
}

/** The roles of which the lease's role becomes a member, sorted. */
export function membershipsOf(target: Target, access: AccessOrder<PostgresEntitlement>) {
  const { resourceId, entitlementId, content } = access
  const wish = { resourceId, database: target.address.database, entitlementId, content }
  const prepared = content.roles ?? []
  return { wish, prepared, groups: [...new Set([entitlementRole(wish), ...prepared])].sort() }
}

/** The name under which this process does one thing after the other about one grant. */
export function grantQueue(access: AccessOrder<unknown>): string {
  return `grant:${access.grantId}`
}

/** A process that was started with another catalog drops roles of a content that it does not know. */
function droppedMeanwhile({ entitlementId }: AccessOrder<unknown>): ConnectorError {
  return new ConnectorError('conflict', `a role of ${entitlementId} was dropped while it was granted`, {
    retryable: true,
  })
}

/** Throws unless the read-back shows the whole access. */
export function evidenceOf(
  target: Target,
  access: AccessOrder<unknown>,
  seen: { role: LeaseRole | null; groups: readonly string[]; repaired: readonly string[] },
): Evidence {
  return evidence(target, access, requireWhole(seen.role, access, seen.groups), seen.repaired)
}

function requireWhole(
  role: LeaseRole | null,
  access: AccessOrder<unknown>,
  groups: readonly string[],
): LeaseRole {
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

function evidence(
  target: Target,
  access: AccessOrder<unknown>,
  role: LeaseRole,
  repaired: readonly string[],
): Evidence {
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
