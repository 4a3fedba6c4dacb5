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

/** The accounts with these user names. */
export async function findAccounts(session: Session, users: readonly string[]): Promise<LeaseAccount[]> {
  if (users.length === 0) return []
  const rows = await session.query<{ user: string; host: string; locked: unknown }>(
    session.server.isMariadb
      ? `select User as user, Host as host, json_value(Priv, '$.account_locked') as locked
          from mysql.global_priv where User in (?)`
      : `select User as user, Host as host, account_locked = 'Y' as locked from mysql.user where User in (?)`,
    [[...users]],
  )
  // The server compares user names by their bytes, and `in` may compare them by letters.
  return rows
    .filter(({ user }) => users.includes(user))
    .map(({ user, host, locked }) => ({ user, host, isLocked: Number(locked) === 1 || locked === 'true' }))
}

/** Everything that the account holds, from the server's own tables. */
export async function heldPrivileges(session: Session, account: LeaseAccount): Promise<Set<Privilege>> {
  const { user, host } = account
  const grantee = quoteAccount(account)
  const held: Privilege[] = []
  const add = (row: HeldRow, privilege: Privilege) =>
    held.push(row.grantable === 'YES' ? `${privilege} with grant option` : privilege)
  const from = (table: string, columns: string) =>
    session.query<HeldRow>(
      `select privilege_type as allow, is_grantable as grantable ${columns} from information_schema.${table} where grantee = ?`,
      [grantee],
    )
  for (const row of await from('user_privileges', '')) {
    if (row.allow !== 'USAGE' || row.grantable === 'YES') add(row, `${row.allow} on everything`)
  }
  for (const row of await from('schema_privileges', ', table_schema as db')) {
    add(row, privilegeOf(row.allow, { kind: 'database', database: fromPattern(row.db) }, null))
  }
  for (const row of await from('table_privileges', ', table_schema as db, table_name as name')) {
    // A table of which only columns are granted has a row of its own without rights.
    if (row.allow !== 'USAGE')
      add(row, privilegeOf(row.allow, { kind: 'table', database: row.db, name: row.name }, null))
  }
  for (const row of await from(
    'column_privileges',
    ', table_schema as db, table_name as name, column_name as col',
  )) {
    add(row, privilegeOf(row.allow, { kind: 'table', database: row.db, name: row.name }, row.col))
  }
  const routines = await session.query<RoutineRow>(
    'select Db as db, Routine_name as name, Routine_type as type, Proc_priv as allow from mysql.procs_priv where User = ? and Host = ?',
    [user, host],
  )
  for (const { db, name, type, allow } of routines) {
    const kind = type.toLowerCase() === 'procedure' ? 'procedure' : 'function'
    for (const each of allow.split(',').filter((one) => one !== '')) {
      held.push(privilegeOf(each.toUpperCase(), { kind, database: db, name }, null))
    }
  }
  for (const { role, admin } of await rolesOf(session, account)) {
    held.push(admin === 'Y' ? `${rolePrivilege(role)} with admin option` : rolePrivilege(role))
  }
  return new Set(held)
}

interface HeldRow {
  readonly allow: string
  readonly grantable: string
  readonly db: string
  readonly name: string
  readonly col: string
}
interface RoutineRow {
  readonly db: string
  readonly name: string
  readonly type: string
  readonly allow: string
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

/** Connections of these users that can still do something: one that was killed only rolls back. */
export async function findConnections(session: Session, users: readonly string[]): Promise<number[]> {
  const rows = await session.query<{ Id: number; User: string; Command: string }>('show full processlist')
  return rows.filter(({ User, Command }) => users.includes(User) && Command !== 'Killed').map(({ Id }) => Id)
}

/** The instants of the events that end these leases, by event; none without `eventsIn`. */
export async function findEvents(
  session: Session,
  { settings }: Target,
  grantIds: readonly string[],
): Promise<{ name: string; at: string; status: string }[]> {
  if (settings.eventsIn === undefined || grantIds.length === 0) return []
  return session.query(
    `select event_name as name, date_format(execute_at, '%Y-%m-%dT%H:%i:%s.000Z') as at, status
      from information_schema.events where event_schema = ? and event_name in (?)`,
    [settings.eventsIn, grantIds.map(leaseEvent)],
  )
}

/** The server's clock. */
export async function readClock(session: Session): Promise<Date> {
  const [row] = await session.query<{ now: string }>(
    `select date_format(utc_timestamp(3), '%Y-%m-%dT%H:%i:%s.%fZ') as now`,
  )
  return new Date((row?.now ?? '').replace(/(\.\d{3})\d*Z$/, '$1Z'))
}
