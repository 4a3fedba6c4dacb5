import { ConnectorError } from '../../domain/connector.ts'
import { sqlStateOf } from './errors.ts'
import { residueRole } from './names.ts'
import { quoteIdentifier, quoteLiteral } from './quoting.ts'
import type { Deed, Session, Target } from './target.ts'

/** What a lease leaves behind, and what becomes of it. */
export interface Residue {
  readonly databases: readonly string[]
  readonly preparedTransactions: number
  /** Objects now owned by `daypass_residue`, in words. At most 20 are named. */
  readonly reassigned: readonly string[]
}

/** Whose residue: the lease's role, or the entitlement's (Postgres 15 lets its members act as it). */
export interface Leaver {
  readonly oid: number
  readonly name: string
  /** Roles it is lent for the moment of handing over, so that the new owner may own what it could make. */
  readonly groups: readonly string[]
  /** Whether its privileges go as well. */
  readonly dropPrivileges: boolean
}

/**
 * In every database where the role owns or holds something: rolls its prepared transactions back, hands what it owns to
 * `daypass_residue`, and drops its privileges. Never to the admin: a function that runs with its owner's rights would
 * then run with the admin's.
 */
export async function clearResidue(deed: Deed, target: Target, leaver: Leaver): Promise<Residue> {
  const places = await deed.session((session) =>
    session.query<{ name: string; connectable: boolean }>(findDatabases, [
      leaver.oid,
      leaver.name,
      leaver.dropPrivileges,
    ]),
  )
  const cleared: Residue[] = []
  for (const { name, connectable } of places) {
    if (!connectable) throw closedDatabase(target, leaver, name)
    cleared.push(await inNamedDatabase(deed, target, leaver, name))
  }
  return {
    databases: places.map(({ name }) => name),
    preparedTransactions: cleared.reduce((sum, one) => sum + one.preparedTransactions, 0),
    reassigned: cleared.flatMap(({ reassigned }) => reassigned).slice(0, 20),
  }
}

async function inNamedDatabase(
  deed: Deed,
  target: Target,
  leaver: Leaver,
  database: string,
): Promise<Residue> {
  try {
    return await deed.inDatabase(database, async (session) => ({
      databases: [database],
      preparedTransactions: await rollBackPrepared(session, leaver, database),
      reassigned: await handOver(session, leaver),
    }))
  } catch (error) {
    if (['3D000', '42501', '55000'].includes(sqlStateOf(error)) || sqlStateOf(error).startsWith('28')) {
      throw cannotClear(target, leaver, database, error)
    }
    throw error
  }
}

/** Only their owner may roll them back, so the admin acts as the owner. Not possible inside a transaction. */
async function rollBackPrepared(session: Session, leaver: Leaver, database: string): Promise<number> {
  const prepared = await session.query<{ gid: string }>(
    'select gid from pg_prepared_xacts where owner = $1 and database = $2',
    [leaver.name, database],
  )
  if (prepared.length === 0) return 0
  await session.query(`set role ${quoteIdentifier(leaver.name)}`)
  for (const { gid } of prepared) await session.query(`rollback prepared ${quoteLiteral(gid)}`)
  await session.query('reset role')
  return prepared.length
}

async function handOver(session: Session, leaver: Leaver): Promise<string[]> {
  const role = quoteIdentifier(leaver.name)
  await session.query('begin')
  const owned = await session.query<{ what: string }>(findOwned, [leaver.oid])
  if (owned.length > 0) {
    await keepResidueRole(session)
    const residue = quoteIdentifier(residueRole)
    const groups = leaver.groups.map(quoteIdentifier).join(', ')
    // Postgres asks the new owner for CREATE where the object lies. Nobody sees these memberships: they end with the transaction.
    if (groups) await session.query(`grant ${groups} to ${role}`)
    await session.query(`grant ${role} to ${residue}`)
    await session.query(`reassign owned by ${role} to ${residue}`)
    await session.query(`revoke ${role} from ${residue}`)
    if (groups) await session.query(`revoke ${groups} from ${role}`)
  }
  if (leaver.dropPrivileges) await session.query(`drop owned by ${role}`)
  await session.query('commit')
  return owned.map(({ what }) => what)
}

/** The admin must be a member to hand things to it. A role of that name with powers of its own is refused. */
async function keepResidueRole(session: Session): Promise<void> {
  const [role] = await session.query<{ safe: boolean; usable: boolean }>(readResidueRole(session), [
    residueRole,
  ])
  const name = quoteIdentifier(residueRole)
  if (!role) {
    await session.query(
      `create role ${name} nologin; comment on role ${name} is ${quoteLiteral(residueComment)}`,
    )
  } else if (!role.safe) {
    throw new ConnectorError(
      'misconfigured',
      `role ${residueRole} must have no login, powers or memberships`,
      {
        retryable: false,
      },
    )
  }
  if (!role?.usable) await session.query(joinRole(session, residueRole))
}

/** Makes the admin a member with all that comes of it, where it is not yet. */
export function joinRole(session: Session, role: string): string {
  const how = session.version >= 160_000 ? ' with inherit true, set true' : ''
  return `grant ${quoteIdentifier(role)} to current_user${how}`
}

const residueComment =
  'Daypass: owns what ended leases left behind. Keep it without login, privileges and memberships.'

/** SQL: whether the current user has the privileges of role `r` and may act as it. */
export function isUsable(session: Session): string {
  const mayActAs = session.version >= 160_000 ? 'SET' : 'MEMBER'
  return `(pg_has_role(r.oid, 'USAGE') and pg_has_role(r.oid, '${mayActAs}'))`
}

const readResidueRole = (session: Session) => `
select ${isUsable(session)} as usable,
  not (r.rolcanlogin or r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls
    or exists (select from pg_auth_members m where m.member = r.oid)) as safe
from pg_roles r where r.rolname = $1`

const findDatabases = `
select d.datname as name, d.datallowconn as connectable
from pg_database d
where d.oid in (select dbid from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = $1
    and (deptype = 'o' or $3::boolean))
  or exists (select from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = $1 and dbid = 0
    and (deptype = 'o' or $3::boolean) and d.datname = current_database())
  or d.datname in (select database from pg_prepared_xacts where owner = $2)
order by d.datname`

const findOwned = `
select pg_describe_object(classid, objid, objsubid) as what
from pg_shdepend
where refclassid = 'pg_authid'::regclass and refobjid = $1 and deptype = 'o'
  and classid <> 'pg_default_acl'::regclass
  and dbid in (0, (select oid from pg_database where datname = current_database()))
order by 1`

function closedDatabase(target: Target, leaver: Leaver, database: string): ConnectorError {
  return new ConnectorError(
    'permission',
    `${target.resourceId}: ${leaver.name} owns or holds something in database ${database}, which accepts no connections. Log in is no longer possible; open the database once, so that it can be cleared`,
    { retryable: false },
  )
}

function cannotClear(target: Target, leaver: Leaver, database: string, cause: unknown): ConnectorError {
  const said = cause instanceof Error ? cause.message : ''
  return new ConnectorError(
    'permission',
    `${target.resourceId}: what ${leaver.name} owns or holds in database ${database} could not be taken over (${said}). It can no longer log in. As a superuser there: reassign owned by ${quoteIdentifier(leaver.name)} to ${quoteIdentifier(residueRole)}; drop owned by ${quoteIdentifier(leaver.name)}`,
    { retryable: false },
  )
}
