import { type AccessOrder, ConnectorError } from '../../domain/connector.ts'
import { leaseComment, leaseRole } from './names.ts'
import { quoteIdentifier, quoteLiteral } from './quoting.ts'
import type { Session } from './target.ts'

/** The LOGIN role of a lease, as it stands. */
export interface LeaseRole {
  readonly oid: number
  readonly name: string
  readonly canLogin: boolean
  readonly validUntil: Date | null
  readonly connectionLimit: number
  readonly memberOf: readonly string[]
  /** The admin is a member: ending sessions and taking over objects is for members only. */
  readonly usable: boolean
  /** It has powers that a lease never has: somebody gave them by hand. */
  readonly privileged: boolean
  /** By the target's clock. */
  readonly now: Date
}

export async function findLeaseRole(session: Session, grantId: string): Promise<LeaseRole | null> {
  const [role] = await findLeaseRoles(session, [grantId])
  return role ?? null
}

/** Those that are there, by name. */
export async function findLeaseRoles(session: Session, grantIds: readonly string[]): Promise<LeaseRole[]> {
  return session.query<LeaseRole>(readLeaseRoles(session), [grantIds.map(leaseRole)])
}

/** Makes the role, or brings the one that is there to what `access` says. Within a transaction. */
export async function keepLeaseRole(
  session: Session,
  access: AccessOrder<unknown>,
  wanted: { groups: readonly string[]; connectionLimit: number },
): Promise<void> {
  if (!(await findLeaseRole(session, access.grantId))) return createLeaseRoles(session, [access], wanted)
  const name = quoteIdentifier(leaseRole(access.grantId))
  // Takes the role's row: a revocation at the same moment comes wholly before what is read next, or wholly after the commit.
  await session.query(
    `alter role ${name} connection limit ${wanted.connectionLimit} valid until ${instant(access.until)}`,
  )
  const role = await findLeaseRole(session, access.grantId)
  if (!role) throw new ConnectorError('conflict', `role ${name} was dropped meanwhile`, { retryable: true })
  refuseUnlessWhole(role)
  const tooMany = role.memberOf.filter((group) => !wanted.groups.includes(group))
  const tooFew = wanted.groups.filter((group) => !role.memberOf.includes(group))
  for (const group of tooMany) await session.query(`revoke ${quoteIdentifier(group)} from ${name}`)
  if (tooFew.length > 0) await session.query(membership(session, tooFew, name))
}

/**
 * Whether the role of this lease is there. Throws when the end of the lease is past by the target's clock: `VALID UNTIL` in the
 * past would refuse every login.
 */
export async function isThere(session: Session, { grantId, until }: AccessOrder<unknown>): Promise<boolean> {
  const [row] = await session.query<{ now: Date; found: boolean }>(
    'select clock_timestamp() as now, exists (select from pg_roles where rolname = $1) as found',
    [leaseRole(grantId)],
  )
  if (row && until.getTime() > row.now.getTime()) return row.found
  throw new ConnectorError(
    'conflict',
    `the lease ends ${iso(until)}, which is past by the clock of the database (${iso(row?.now)})`,
    { retryable: false },
  )
}

/** By the target's clock. */
export async function targetTime(session: Session): Promise<Date | undefined> {
  const [row] = await session.query<{ now: Date }>('select clock_timestamp() as now')
  return row?.now
}

/** Makes the roles of these leases, which all have the same groups. The last statement of a transaction. */
export async function createLeaseRoles(
  session: Session,
  accesses: readonly AccessOrder<unknown>[],
  wanted: { groups: readonly string[]; connectionLimit: number },
): Promise<void> {
  const names = accesses.map(({ grantId }) => leaseRole(grantId))
  const creations = accesses.map((access) => {
    const name = quoteIdentifier(leaseRole(access.grantId))
    return `
    create role ${name} login inherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls
      connection limit ${wanted.connectionLimit} password null valid until ${instant(access.until)};
    comment on role ${name} is ${quoteLiteral(leaseComment(access))};`
  })
  const members = names.map(quoteIdentifier).join(', ')
  const all = `${creations.join('')} ${membership(session, wanted.groups, members)}`
  await session.query(`${all}; ${joining(session, names)}; commit`)
}

/** Sees to it that the admin is a member: ending sessions and taking over objects is for members only. */
export async function keepUsable(session: Session, role: string): Promise<void> {
  await session.query(joining(session, [role]))
}

/** Makes the admin a member of those that it cannot use yet, with all that comes of it. A superuser needs no membership. */
function joining(session: Session, roles: readonly string[]): string {
  const how = session.version >= 160_000 ? ' with inherit true, set true' : ''
  const names = roles.map(quoteLiteral).join(', ')
  return `do $join$ declare unusable text; begin
    select string_agg(format('%I', r.rolname), ', ') into unusable from pg_roles r
      where r.rolname in (${names}) and not ${isUsable(session)};
    if unusable is not null then execute format('grant %s to current_user${how}', unusable); end if;
  end $join$`
}

/** SQL: whether the current user has the privileges of role `r` and may act as it. */
export function isUsable(session: Session): string {
  const mayActAs = session.version >= 160_000 ? 'SET' : 'MEMBER'
  return `(pg_has_role(r.oid, 'USAGE') and pg_has_role(r.oid, '${mayActAs}'))`
}

/**
 * Membership gives privileges and, where Postgres knows the difference (16), not the right to act *as* the group:
 * what the holder makes is then the lease's own, and is found when it ends.
 */
function membership(session: Session, groups: readonly string[], quotedMembers: string): string {
  const how = session.version >= 160_000 ? ' with inherit true, set false, admin false' : ''
  return `grant ${groups.map(quoteIdentifier).join(', ')} to ${quotedMembers}${how}`
}

/** A role that cannot log in is on its way out: giving it back its login would undo a revocation. */
function refuseUnlessWhole(role: LeaseRole): void {
  if (!role.canLogin) {
    throw new ConnectorError('conflict', `the access of ${role.name} is being taken away: ask for it again`, {
      retryable: false,
    })
  }
  if (role.privileged) {
    throw new ConnectorError(
      'conflict',
      `role ${role.name} was given powers over the server by somebody. Revoke this access, and find out who did it`,
      { retryable: false },
    )
  }
}

function instant(date: Date): string {
  return `${quoteLiteral(date.toISOString())}`
}

function iso(date: Date | undefined): string {
  return date?.toISOString() ?? 'unknown'
}

const readLeaseRoles = (session: Session) => `
select r.oid, r.rolname as name, r.rolcanlogin as "canLogin", r.rolvaliduntil as "validUntil",
  r.rolconnlimit as "connectionLimit",
  ${isUsable(session)} as usable,
  (r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls) as privileged,
  coalesce((select jsonb_agg(distinct g.rolname order by g.rolname) from pg_auth_members m
    join pg_roles g on g.oid = m.roleid where m.member = r.oid), '[]') as "memberOf",
  clock_timestamp() as now
from pg_roles r where r.rolname = any ($1::text[]) order by r.rolname`
