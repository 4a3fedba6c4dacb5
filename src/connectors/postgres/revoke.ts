import { type Access, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { rolesOf } from './entitlements.ts'
import { grantLock } from './grant.ts'
import { findLeaseRole, type LeaseRole } from './lease-role.ts'
import { entitlementRole, leaseRole } from './names.ts'
import { quoteIdentifier } from './quoting.ts'
import { clearResidue, isUsable, joinRole, type Residue } from './residue.ts'
import { endSessions } from './sessions.ts'
import type { Deed, Session, Target } from './target.ts'

/**
 * Takes the lease's role away. Each step is committed and can be repeated, so that a revocation that died anywhere is
 * taken up again by the next: no login, no memberships; no sessions; nothing owned or held; no role; read back.
 */
export async function revokeAccess(deed: Deed, target: Target, access: Access): Promise<Evidence> {
  const role = await deed.transaction(grantLock(access), (session) => cutOff(session, access))
  if (!role) return readBack(deed, access, null, { sessionsEnded: 0, residue: nothing })
  const sessionsEnded = await deed.session((session) => endSessions(session, role))
  const residue = await removeRole(deed, target, access, role)
  return readBack(deed, access, role, { sessionsEnded, residue })
}

/** Where another revocation of the same grant was faster, what it left nothing to do for is not a failure. */
async function removeRole(deed: Deed, target: Target, access: Access, role: LeaseRole): Promise<Residue> {
  try {
    const residue = await clearAll(deed, target, access, role)
    // Once the role is gone only a superuser could end a session of it.
    await deed.session((session) => endSessions(session, role))
    await deed.transaction(grantLock(access), (session) =>
      session.query(`drop role if exists ${quoteIdentifier(role.name)}`),
    )
    return residue
  } catch (error) {
    const left = await deed.session((session) =>
      session.query('select from pg_roles where oid = $1', [role.oid]),
    )
    if (left.length > 0) throw error
    return nothing
  }
}

/** From here on nobody logs in as the role, and what is still open has no privilege left. */
async function cutOff(session: Session, access: Access): Promise<LeaseRole | null> {
  const role = await findLeaseRole(session, access.grantId)
  if (!role) return null
  const name = quoteIdentifier(role.name)
  const [ties] = await session.query<Ties>(readTies(session), [role.oid])
  const revokes = (ties?.memberships ?? []).map(({ group, grantor }) => {
    const by = session.version >= 160_000 ? ` granted by ${quoteIdentifier(grantor)}` : ''
    return `revoke ${quoteIdentifier(group)} from ${name}${by}`
  })
  // Ending its sessions and taking over what it owns is for members only.
  const join = ties?.usable ? [] : [joinRole(session, role.name)]
  await session.query([`alter role ${name} nologin password null`, ...revokes, ...join].join('; '))
  return role
}

async function clearAll(deed: Deed, target: Target, access: Access, role: LeaseRole): Promise<Residue> {
  const groupName = entitlementRole({ ...access, database: target.address.database })
  const [group] = await deed.session((session) =>
    session.query<{ oid: number }>(
      `select r.oid from pg_roles r where r.rolname = $1 and exists (
        select from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = r.oid and deptype = 'o')`,
      [groupName],
    ),
  )
  const groups = [groupName, ...rolesOf(access.entitlement)]
  const own = await clearResidue(deed, target, { ...role, groups, dropPrivileges: true })
  if (!group) return own
  const shared = await clearResidue(deed, target, {
    oid: group.oid,
    name: groupName,
    groups: [],
    dropPrivileges: false,
  })
  return {
    databases: [...new Set([...own.databases, ...shared.databases])],
    preparedTransactions: own.preparedTransactions + shared.preparedTransactions,
    reassigned: [...own.reassigned, ...shared.reassigned],
  }
}

async function readBack(
  deed: Deed,
  access: Access,
  role: LeaseRole | null,
  done: { sessionsEnded: number; residue: Residue },
): Promise<Evidence> {
  const name = leaseRole(access.grantId)
  const [seen] = await deed.session((session) =>
    session.query<{ readAt: Date; present: boolean; sessions: number }>(readAbsence, [name, role?.oid ?? 0]),
  )
  if (!seen || seen.present || seen.sessions > 0) {
    throw new ConnectorError('still_present', `role ${name} was seen again after it was dropped`, {
      retryable: true,
    })
  }
  const { residue } = done
  return {
    readAt: seen.readAt,
    summary: role ? `Role ${name} is gone, and no session of it is left.` : `There is no role ${name}.`,
    facts: {
      role: name,
      rolePresent: seen.present,
      sessionsLeft: seen.sessions,
      wasPresent: role !== null,
      sessionsEnded: done.sessionsEnded,
      preparedTransactionsRolledBack: residue.preparedTransactions,
      databasesCleared: residue.databases,
      objectsReassigned: residue.reassigned,
    },
  }
}

const nothing: Residue = { databases: [], preparedTransactions: 0, reassigned: [] }

interface Ties {
  /** Memberships that the current user may take back; others end with the role. */
  readonly memberships: readonly { readonly group: string; readonly grantor: string }[]
  readonly usable: boolean
}

const readTies = (session: Session) => `
select ${isUsable(session)} as usable, coalesce((
  select jsonb_agg(jsonb_build_object('group', g.rolname, 'grantor', b.rolname))
  from pg_auth_members m join pg_roles g on g.oid = m.roleid left join pg_roles b on b.oid = m.grantor
  where m.member = r.oid and (${session.version} < 160000 or pg_has_role(b.oid, 'USAGE'))), '[]') as memberships
from pg_roles r where r.oid = $1`

const readAbsence = `
select clock_timestamp() as "readAt", exists (select from pg_roles where rolname = $1) as present,
  (select count(*)::int from pg_stat_activity where usesysid = $2 or usename = $1) as sessions`
