import postgres from 'postgres'
import { StartupRefused } from '../domain/startup-refused.ts'
import type { Database } from './database.ts'

/** The application adds rows to these tables, and never changes or deletes one. */
const appendOnly = [
  'audit_events',
  'decisions',
  'record_leaves',
  'record_nodes',
  'record_checkpoints',
  'record_texts',
  'record_archive',
  'archived_events',
  'archived_texts',
]
/** The rules of the database itself. */
const readOnly = ['status_transitions']

/**
 * The statements that let a role run Daypass without owning its tables. It may not change the audit log, and it cannot lift the
 * triggers. It creates the schema of the queue, which holds nothing that cannot be made again.
 */
function grantStatements(role: string, database: string): string[] {
  const [name, base] = [quoted(role), quoted(database)]
  return [
    `grant connect, create, temporary on database ${base} to ${name}`,
    `grant usage on schema public to ${name}`,
    `grant usage on schema drizzle to ${name}`,
    `grant select on all tables in schema drizzle to ${name}`,
    `grant select, insert, update, delete on all tables in schema public to ${name}`,
    `grant usage, select on all sequences in schema public to ${name}`,
    `grant execute on all functions in schema public to ${name}`,
    `revoke update, delete on ${appendOnly.join(', ')} from ${name}`,
    `revoke insert, update, delete on ${readOnly.join(', ')} from ${name}`,
  ]
}

/** For people to paste where there is one role for both: the same, and the queue of the former role, which the new one makes again. */
export function partingStatements(role: string, database: string): string[] {
  return [...grantStatements(role, database), 'drop schema if exists daypass_queue cascade']
}

/** Gives the application's role its rights. The role must exist. Throws `StartupRefused` with the statement that makes it. */
export async function grantToApplication(ownerUrl: string, role: string): Promise<void> {
  await asOwner(ownerUrl, async (sql) => {
    const [found] = await sql<{ isThere: boolean; database: string; owner: string }[]>`
      select exists (select from pg_roles where rolname = ${role}) as "isThere", current_database() as database,
        current_user as owner`
    if (!found?.isThere)
      throw new StartupRefused(
        `DATABASE_URL names the role "${role}", and the database has no such role.`,
        `Create it: create role ${quoted(role)} login password '...';`,
      )
    if (found.owner === role) return
    await giveQueueTo(sql, role)
    for (const statement of grantStatements(role, found.database)) await sql.unsafe(statement)
  })
}

/** Makes the role if it is missing, or gives it this password. */
export async function ensureRole(ownerUrl: string, role: string, password: string): Promise<void> {
  await asOwner(ownerUrl, async (sql) => {
    const [found] = await sql`select from pg_roles where rolname = ${role}`
    if (!found) await sql.unsafe(`create role ${quoted(role)} login`).catch(refuseUnless('42710'))
    await sql.unsafe(`alter role ${quoted(role)} login password '${password.replaceAll("'", "''")}'`)
  })
}

/** A queue that the owner made before there were two roles. The application makes it again, from the outbox. */
async function giveQueueTo(sql: postgres.Sql, role: string): Promise<void> {
  const [queue] = await sql<{ owner: string }[]>`
    select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = 'daypass_queue'`
  if (queue && queue.owner !== role) await sql`drop schema daypass_queue cascade`
}

async function asOwner(url: string, work: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(url, {
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'daypass migrate' },
  })
  try {
    // Several processes may start at once, and two grants on one table conflict.
    await sql`select pg_advisory_lock(28254013706765172)`
    await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

function refuseUnless(code: string) {
  return (error: unknown) => {
    if ((error as { code?: string }).code !== code) throw error
  }
}

/** How far the role of this connection could rewrite the audit log. */
export interface RoleStanding {
  readonly role: string
  readonly database: string
  /** It owns the audit log, or is a superuser: it could lift every guard. */
  readonly couldLiftGuards: boolean
  readonly couldChange: boolean
}

export async function standingOf({ sql }: Database): Promise<RoleStanding> {
  const [row] = await sql<RoleStanding[]>`
    select current_user as role, current_database() as database,
      rolsuper or pg_has_role(current_user, c.relowner, 'member') as could_lift_guards,
      has_table_privilege('audit_events', 'update') or has_table_privilege('audit_events', 'delete')
        or has_table_privilege('audit_events', 'truncate') as could_change
    from pg_class c, pg_roles r where c.oid = 'audit_events'::regclass and r.rolname = current_user`
  if (!row) throw new Error('Postgres does not tell the rights of the role')
  return row
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
