import { ConnectorError } from '../../domain/connector.ts'
import { sqlStateOf } from './errors.ts'
import { keepUsable } from './lease-role.ts'
import { keepOwnSchemas, revokeGrantsOnOwned } from './owned-grants.ts'
import { quoteIdentifier, quoteLiteral } from './quoting.ts'
import type { Operation, Session, Target } from './target.ts'

/** The result for the objects that a role owned and the privileges that it held. */
export interface Cleared {
  readonly databases: readonly string[]
  /** Objects that were handed to their new owner, in words. At most 20 are named. */
  readonly reassigned: readonly string[]
}

/** The lease's role, or the entitlement's (before Postgres 16 its members may act as it). */
export interface RoleToClear {
  readonly oid: number
  readonly name: string
  /** Who owns its objects from now on: see `leftoverOwner`. */
  readonly newOwner: string
  /** Roles it is lent for the moment of handing over, so that the new owner may own what it could make. */
  readonly groups: readonly string[]
  /** Whether its privileges go as well. */
  readonly dropPrivileges: boolean
}

/** Milliseconds that clearing waits for one lock: other people's transactions may last for hours. */
const lockPatience = 1_000
/** Milliseconds for one role. The rest is left for the next time: a holder can make millions of objects. */
const patience = 4_000
/** Objects in one transaction: each takes some of the server's locks, which others need as well. */
const batchSize = 200
const namedObjects = 20

/**
 * In every database where the role owns or holds something: hands what it owns to its new owner, where nobody but a
 * superuser reaches it, and drops its privileges. Never to the admin: a function that runs with its owner's rights would
 * then run with the admin's.
 */
export async function clearRole(operation: Operation, target: Target, role: RoleToClear): Promise<Cleared> {
  const places = await operation.session((session) =>
    session.query<{ name: string; connectable: boolean; here: boolean }>(findDatabases, [
      role.oid,
      role.dropPrivileges,
    ]),
  )
  const until = Date.now() + patience
  const cleared: string[] = []
  for (const { name, connectable, here } of places) {
    if (!connectable) throw closedDatabase(target, role, name)
    const clear = (session: Session) => handOver(session, role, until)
    try {
      cleared.push(...(await (here ? operation.session(clear) : operation.inDatabase(name, clear))))
    } catch (error) {
      throw refusal(target, role, name, error)
    }
  }
  return { databases: places.map(({ name }) => name), reassigned: cleared.slice(0, namedObjects) }
}

async function handOver(session: Session, role: RoleToClear, until: number): Promise<string[]> {
  const name = quoteIdentifier(role.name)
  const owned = await session.query<{ what: string }>(findOwned, [role.oid, namedObjects])
  if (owned.length > 0) {
    // On its own: it waits for nobody. Somebody who reads a table may make the rest wait for hours.
    await session.query('begin')
    await asNewOwner(session, role, async () => {
      await keepOwnSchemas(session, role)
      while ((await revokeGrantsOnOwned(session, role, batchSize)) === batchSize) refuseAfter(until, role)
    })
    await session.query('commit')
    while ((await reassignBatch(session, role)) === batchSize) refuseAfter(until, role)
  }
  await session.query(`begin; set local lock_timeout = ${lockPatience}`)
  if (owned.length > 0) {
    const reassign = `reassign owned by ${name} to ${quoteIdentifier(role.newOwner)}`
    await asNewOwner(session, role, () => session.query(reassign))
  }
  if (role.dropPrivileges) await session.query(`drop owned by ${name}`)
  await session.query('commit')
  return owned.map(({ what }) => what)
}

/** Hands over some tables and large objects, which a holder may have made in great numbers. Resolves with how many. */
async function reassignBatch(session: Session, role: RoleToClear): Promise<number> {
  const rows = await session.query<{ statement: string }>(findBatch, [role.oid, role.newOwner, batchSize])
  // `reassign owned` does the last ones.
  if (rows.length < batchSize) return rows.length
  await session.query(`begin; set local lock_timeout = ${lockPatience}`)
  await asNewOwner(session, role, () => session.query(rows.map(({ statement }) => statement).join('; ')))
  await session.query('commit')
  return rows.length
}

function refuseAfter(until: number, { name }: RoleToClear): void {
  if (Date.now() < until) return
  throw new ConnectorError(
    'timeout',
    `${name} made so many objects that handing them over takes longer. Daypass goes on with the rest`,
    { retryable: true },
  )
}

/**
 * Postgres asks the new owner for CREATE where an object lies, so it is lent what the former owner could do. Nobody sees
 * these memberships: they end with the transaction.
 */
async function asNewOwner(session: Session, role: RoleToClear, run: () => Promise<unknown>): Promise<void> {
  const [name, owner] = [quoteIdentifier(role.name), quoteIdentifier(role.newOwner)]
  const groups = role.groups.map(quoteIdentifier).join(', ')
  await keepOwner(session, role)
  if (groups) await session.query(`grant ${groups} to ${name}`)
  await session.query(`grant ${name} to ${owner}`)
  await run()
  await session.query(`revoke ${name} from ${owner}`)
  if (groups) await session.query(`revoke ${groups} from ${name}`)
}

/** The admin must be a member to hand things to it. A role of that name with powers of its own is refused. */
async function keepOwner(session: Session, { name, newOwner }: RoleToClear): Promise<void> {
  const [found] = await session.query<{ safe: boolean }>(readOwner, [newOwner])
  const quoted = quoteIdentifier(newOwner)
  if (!found) {
    const comment = quoteLiteral(
      `Daypass: owns what ${name} left when its lease ended. Nobody uses this role.`,
    )
    await session.query(`create role ${quoted} nologin; comment on role ${quoted} is ${comment}`)
  } else if (!found.safe) {
    throw new ConnectorError('misconfigured', `role ${newOwner} must have no login, powers or memberships`, {
      retryable: false,
    })
  }
  await keepUsable(session, newOwner)
}

const readOwner = `
select not (r.rolcanlogin or r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls
    or exists (select from pg_auth_members m where m.member = r.oid)) as safe
from pg_roles r where r.rolname = $1`

const findDatabases = `
select d.datname as name, d.datallowconn as connectable, d.datname = current_database() as here
from pg_database d
where d.oid in (select dbid from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = $1
    and (deptype = 'o' or $2::boolean))
  or exists (select from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = $1 and dbid = 0
    and (deptype = 'o' or $2::boolean) and d.datname = current_database())
order by d.datname`

const findOwned = `
select pg_describe_object(classid, objid, objsubid) as what
from (
  select classid, objid, objsubid from pg_shdepend
  where refclassid = 'pg_authid'::regclass and refobjid = $1 and deptype = 'o'
    and classid <> 'pg_default_acl'::regclass
    and dbid in (0, (select oid from pg_database where datname = current_database()))
  limit $2
) o order by 1`

/** A sequence that belongs to a column changes its owner with the table. */
const findBatch = `
select statement from (
  select case when d.classid = 'pg_class'::regclass
    then (select format('alter table %s owner to %I', c.oid::regclass, $2::name) from pg_class c
      where c.oid = d.objid and c.relkind in ('r', 'p', 'v', 'm', 'f'))
    else format('alter large object %s owner to %I', d.objid, $2::name) end as statement
  from pg_shdepend d
  where d.refclassid = 'pg_authid'::regclass and d.refobjid = $1 and d.deptype = 'o'
    and d.classid in ('pg_class'::regclass, 'pg_largeobject'::regclass)
    and d.dbid = (select oid from pg_database where datname = current_database())
) s where statement is not null limit $3`

function closedDatabase(target: Target, role: RoleToClear, database: string): ConnectorError {
  return new ConnectorError(
    'permission',
    `${target.resourceId}: ${role.name} owns or holds something in database ${database}, which accepts no connections. Open the database once, so that it can be cleared`,
    { retryable: false },
  )
}

function refusal(target: Target, role: RoleToClear, database: string, error: unknown): unknown {
  const code = sqlStateOf(error)
  if (!['3D000', '42501', '55000'].includes(code) && !code.startsWith('28')) return error
  const said = error instanceof Error ? error.message : ''
  const [name, owner] = [quoteIdentifier(role.name), quoteIdentifier(role.newOwner)]
  return new ConnectorError(
    'permission',
    `${target.resourceId}: objects and privileges of ${role.name} in database ${database} could not be cleared (${said}). As a superuser there: create role ${owner}; reassign owned by ${name} to ${owner}; drop owned by ${name}`,
    { retryable: false },
  )
}
