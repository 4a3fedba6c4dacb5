import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { type CutOff, cutOff } from './cut-off.ts'
import type { Offers } from './entitlements.ts'
import { findLeaseRole, type LeaseRole } from './lease-role.ts'
import { groupsThatExist } from './leftovers.ts'
import { entitlementRole, leaseRole } from './names.ts'
import type { Cleared } from './owned-objects.ts'
import { type BarredRole, reasonItRemains, removeRole } from './remove-role.ts'
import type { PostgresEntitlement } from './schema.ts'
import type { Operation, Session, Target } from './target.ts'

/** The content is null where this version no longer understands what was given. */
export type RevocationOrder = AccessOrder<PostgresEntitlement | null>

/**
 * Takes the lease's role away. Each step is committed and can be repeated, so that a revocation that died anywhere is
 * taken up again by the next: no login, no memberships, no sessions, nothing prepared; nothing owned or held; no role; read
 * back. Once the access is cut, a lock of somebody else's that keeps the role from being dropped fails nothing: the role is
 * removed later, see `removeLeftovers`.
 */
export async function revokeAccess(
  operation: Operation,
  target: Target,
  offers: Offers,
  access: RevocationOrder,
): Promise<Evidence> {
  const role = await operation.session((session) => findLeaseRole(session, access.grantId))
  if (!role)
    return readBack(operation, access, { role, cut: nothingCut, cleared: nothingCleared, pending: [] })
  const cut = await cutOffUnlessGone(operation, role)
  const { cleared, pending } = await clearUp(operation, target, offers, access, role)
  return readBack(operation, access, { role, cut, cleared, pending })
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

interface Revoked {
  readonly role: LeaseRole | null
  readonly cut: CutOff
  readonly cleared: Cleared
  /** Why the role could not be dropped yet. */
  readonly pending: readonly string[]
}

async function readBack(
  operation: Operation,
  access: AccessOrder<unknown>,
  revoked: Revoked,
): Promise<Evidence> {
  const name = leaseRole(access.grantId)
  const seen = await operation.session((session) => readState(session, name, revoked.role?.oid ?? 0))
  const cutButThere = revoked.pending.length > 0 && !seen.canLogin && seen.memberOf.length === 0
  if (seen.sessions > 0 || seen.prepared > 0 || (seen.present && !cutButThere)) {
    throw new ConnectorError('still_present', `role ${name} was seen again after it was taken away`, {
      retryable: true,
    })
  }
  const { role, cut, cleared, pending } = revoked
  return {
    readAt: seen.readAt,
    summary: summaryOf(name, role !== null, seen.present ? pending : []),
    facts: {
      role: name,
      rolePresent: seen.present,
      sessionsLeft: seen.sessions,
      wasPresent: role !== null,
      sessionsEnded: cut.sessionsEnded,
      preparedTransactionsRolledBack: cut.preparedTransactions,
      databasesCleared: cleared.databases,
      objectsReassigned: cleared.reassigned,
      ...(seen.present ? { canLogin: seen.canLogin, memberOf: seen.memberOf, cleanupPending: pending } : {}),
    },
  }
}

function summaryOf(name: string, wasPresent: boolean, [pending]: readonly string[]): string {
  if (pending) {
    return `Access is cut: role ${name} cannot log in, and no session or membership of it is left. The role itself is not dropped yet (${pending.replace(/\.$/u, '')}); Daypass drops it as soon as that is possible.`
  }
  return wasPresent ? `Role ${name} is gone, and no session of it is left.` : `There is no role ${name}.`
}

interface State {
  readonly readAt: Date
  readonly present: boolean
  readonly canLogin: boolean
  readonly memberOf: readonly string[]
  readonly sessions: number
  readonly prepared: number
}

async function readState(session: Session, name: string, oid: number): Promise<State> {
  const [row] = await session.query<State>(stateOfRole, [name, oid])
  if (!row) throw new ConnectorError('unexpected', 'the read-back has no row', { retryable: true })
  return row
}

const nothingCut: CutOff = { sessionsEnded: 0, preparedTransactions: 0 }
const nothingCleared: Cleared = { databases: [], reassigned: [] }

const stateOfRole = `
select clock_timestamp() as "readAt", r.oid is not null as present, coalesce(r.rolcanlogin, false) as "canLogin",
  coalesce((select jsonb_agg(g.rolname) from pg_auth_members m join pg_roles g on g.oid = m.roleid
    where m.member = r.oid), '[]') as "memberOf",
  (select count(*)::int from pg_stat_activity where usesysid = $2 or usename = $1) as sessions,
  (select count(*)::int from pg_prepared_xacts where owner = $1) as prepared
from (select $1::name as wanted) w left join pg_roles r on r.rolname = w.wanted`
