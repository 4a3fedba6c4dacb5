import { leaseEvent } from './names.ts'
import { fromPattern, type Privilege, privilegeOf, rolePrivilege } from './privileges.ts'
import { quoteAccount } from './quoting.ts'
import type { Session, Target } from './target.ts'

/** The account of a lease, as the server has it. A hand may have made others with its user name and another host. */
export interface LeaseAccount {
  readonly user: string
  readonly host: string
  readonly isLocked: boolean
}

/** The accounts with these user names, and the server's clock when it looked. */
export async function findAccounts(
  session: Session,
  users: readonly string[],
): Promise<{ accounts: LeaseAccount[]; now: Date }> {
  const columns = session.server.isMariadb
    ? `User as user, Host as host, json_value(Priv, '$.account_locked') as locked`
    : `User as user, Host as host, account_locked = 'Y' as locked`
  const table = session.server.isMariadb ? 'mysql.global_priv' : 'mysql.user'
  const rows = await session.query<{ now: string; user: string | null; host: string; locked: unknown }>(
    `select ${clock} as now, ${columns} from (select 1 as one) as always left join ${table} on User in (?)`,
    [users.length > 0 ? [...users] : ['']],
  )
  // The server compares user names by their bytes, and `in` may compare them by letters.
  const accounts = rows.flatMap(({ user, host, locked }) =>
    user !== null && users.includes(user)
      ? [{ user, host, isLocked: Number(locked) === 1 || locked === 'true' }]
      : [],
  )
  return { accounts, now: instantOf(rows[0]?.now) }
}

/** The server's clock. */
export async function readClock(session: Session): Promise<Date> {
  const [row] = await session.query<{ now: string }>(`select ${clock} as now`)
  return instantOf(row?.now)
}

function instantOf(now = ''): Date {
  return new Date(now.replace(/(\.\d{3})\d*Z$/, '$1Z'))
}

const clock = `date_format(utc_timestamp(3), '%Y-%m-%dT%H:%i:%s.%fZ')`

/** Everything that the account holds, from the server's own tables, in one statement. */
export async function heldPrivileges(session: Session, account: LeaseAccount): Promise<Set<Privilege>> {
  const { user, host } = account
  const grantee = quoteAccount(account)
  const rows = await session.query<HeldRow>(
    [...held, session.server.isMariadb ? heldRoles.mariadb : heldRoles.mysql].join(' union all '),
    [grantee, grantee, grantee, grantee, user, host, user, host],
  )
  return new Set(rows.flatMap(privilegesIn))
}

interface HeldRow {
  readonly kind: 'all' | 'schema' | 'table' | 'column' | 'routine' | 'role'
  readonly allow: string
  readonly grantable: string
  readonly db: string
  readonly name: string
  readonly col: string
}

/** The tables differ in their collations, so every column is made a text of the connection. */
const text = (column: string) => `cast(${column} as char)`

const held = [
  ['all', 'user_privileges', `''`, `''`, `''`],
  ['schema', 'schema_privileges', 'table_schema', `''`, `''`],
  ['table', 'table_privileges', 'table_schema', 'table_name', `''`],
  ['column', 'column_privileges', 'table_schema', 'table_name', 'column_name'],
].map(
  ([kind, table, db = '', name = '', col = '']) =>
    `select '${kind}' as kind, ${text('privilege_type')} as allow, ${text('is_grantable')} as grantable,
      ${text(db)} as db, ${text(name)} as name, ${text(col)} as col from information_schema.${table} where grantee = ?`,
)
held.push(
  `select 'routine', ${text('Proc_priv')}, ${text('Routine_type')}, ${text('Db')}, ${text('Routine_name')}, ''
    from mysql.procs_priv where User = ? and Host = ?`,
)

const heldRoles = {
  mariadb: `select 'role', ${text('Role')}, ${text('Admin_option')}, '', '', '' from mysql.roles_mapping where User = ? and Host = ?`,
  mysql: `select 'role', ${text('FROM_USER')}, ${text('WITH_ADMIN_OPTION')}, '', '', '' from mysql.role_edges where TO_USER = ? and TO_HOST = ?`,
}

function privilegesIn({ kind, allow, grantable, db, name, col }: HeldRow): Privilege[] {
  const one = (privilege: Privilege) => [grantable === 'YES' ? `${privilege} with grant option` : privilege]
  switch (kind) {
    case 'all':
      return allow === 'USAGE' && grantable !== 'YES' ? [] : one(`${allow} on everything`)
    case 'schema':
      return one(privilegeOf(allow, { kind: 'database', database: fromPattern(db) }, null))
    case 'table':
      // A table of which only columns are granted has a row of its own without rights.
      return allow === 'USAGE' ? [] : one(privilegeOf(allow, { kind: 'table', database: db, name }, null))
    case 'column':
      return one(privilegeOf(allow, { kind: 'table', database: db, name }, col))
    case 'routine': {
      const routine = grantable.toLowerCase() === 'procedure' ? 'procedure' : 'function'
      const all = allow.split(',').filter((each) => each !== '')
      return all.map((each) => privilegeOf(each.toUpperCase(), { kind: routine, database: db, name }, null))
    }
    case 'role':
      return [grantable === 'Y' ? `${rolePrivilege(allow)} with admin option` : rolePrivilege(allow)]
  }
}

export async function rolesOf(
  session: Session,
  { user, host }: { readonly user: string; readonly host: string },
): Promise<{ role: string; admin: string }[]> {
  return session.query(
    session.server.isMariadb
      ? 'select Role as role, Admin_option as admin from mysql.roles_mapping where User = ? and Host = ?'
      : 'select FROM_USER as role, WITH_ADMIN_OPTION as admin from mysql.role_edges where TO_USER = ? and TO_HOST = ?',
    [user, host],
  )
}

/** A connection of a lease's user. */
export interface LeaseConnection {
  readonly id: number
  readonly user: string
  /** It was killed, and can do nothing any more: it only rolls back. */
  readonly isEnding: boolean
}

export async function findConnections(
  session: Session,
  users: readonly string[],
): Promise<LeaseConnection[]> {
  const rows = await session.query<{ Id: number; User: string; Command: string }>('show full processlist')
  return rows.flatMap(({ Id, User, Command }) =>
    users.includes(User) ? [{ id: Id, user: User, isEnding: Command === 'Killed' }] : [],
  )
}

/** The instants of the events that end these leases, and whether the server runs events; none without `eventsIn`. */
export async function findEvents(
  session: Session,
  { settings }: Target,
  grantIds: readonly string[],
): Promise<{ events: { name: string; at: string; status: string }[]; scheduler: string | null }> {
  if (settings.eventsIn === undefined || grantIds.length === 0) return { events: [], scheduler: null }
  const rows = await session.query<{ scheduler: string; name: string | null; at: string; status: string }>(
    `select @@global.event_scheduler as scheduler, event_name as name, date_format(execute_at, '%Y-%m-%dT%H:%i:%s.000Z') as at, status
      from (select 1 as one) as always left join information_schema.events on event_schema = ? and event_name in (?)`,
    [settings.eventsIn, grantIds.map(leaseEvent)],
  )
  const events = rows.flatMap(({ name, at, status }) => (name === null ? [] : [{ name, at, status }]))
  return { events, scheduler: rows[0]?.scheduler ?? null }
}
