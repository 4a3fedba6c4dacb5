import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { StartupRefused } from '../domain/startup-refused.ts'
import { unwrapped } from './queries.ts'

/** A later version of Daypass migrated the database, so this version must not write to it. */
export class DatabaseTooNew extends StartupRefused {}

/** The key of the advisory lock: the bytes of `daypass` as a number, which no other program is likely to use. */
const migrationLock = '28254013706765171'

/**
 * Migrates the database to this version of the code. Several processes may call it at once: one migrates, and the others wait
 * and have nothing to do. Throws `DatabaseTooNew`, or `StartupRefused` when it cannot connect.
 */
export async function migrateDatabase(url: string): Promise<void> {
  const migrationsFolder = findMigrations()
  // The lock and the migration need one connection, because the lock belongs to the session.
  const sql = postgres(url, {
    max: 1,
    max_lifetime: null,
    onnotice: () => {},
    connection: { application_name: 'daypass migrate' },
  })
  try {
    await sql`select 1`.catch((error: unknown) => refuseUnreachable(error))
    await sql`select pg_advisory_lock(${migrationLock}::bigint)`
    const applied = await refuseNewer(sql, migrationsFolder)
    // The application's role may not migrate, and need not when there is nothing to do.
    if (applied === readMigrationFiles({ migrationsFolder }).length) return
    await migrate(drizzle(sql), { migrationsFolder }).catch((error: unknown) =>
      refuseUnreachable(unwrapped(error)),
    )
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** The message never contains the URL, because the URL has the password. */
function refuseUnreachable(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const remedy = unreachableRemedies[code]
  if (!remedy) throw error
  throw new StartupRefused(`The database cannot be used (${code}).`, remedy)
}

const itMustRun = 'Check that Postgres runs and that host and port in DATABASE_URL are right.'
const unreachableRemedies: Readonly<Record<string, string>> = {
  ECONNREFUSED: itMustRun,
  ENOTFOUND: itMustRun,
  EAI_AGAIN: itMustRun,
  ETIMEDOUT: itMustRun,
  EHOSTUNREACH: itMustRun,
  ENETUNREACH: itMustRun,
  ECONNRESET: itMustRun,
  CONNECT_TIMEOUT: itMustRun,
  '28P01': 'Correct user and password in DATABASE_URL.',
  '28000': 'Postgres does not let this user in from here: see its pg_hba.conf, and the user in DATABASE_URL.',
  '3D000':
    'There is no such database: create it (`create database daypass`), or correct its name in DATABASE_URL.',
  '42501':
    'Run `daypass migrate` with DATABASE_MIGRATION_URL set to the owner of the tables, or let the user in DATABASE_URL create schemas and tables in that database.',
  '53300': 'Postgres has no connection free: raise max_connections, or end others.',
  '57P03': 'Postgres is starting up; try again in a moment.',
}

/** The number of migrations that were applied. */
async function refuseNewer(sql: postgres.Sql, migrationsFolder: string): Promise<number> {
  const [table] = await sql`select to_regclass('drizzle.__drizzle_migrations') as name`
  if (!table?.name) return 0
  const known = new Set(readMigrationFiles({ migrationsFolder }).map((migration) => migration.folderMillis))
  const applied = await sql<{ at: number }[]>`
    select created_at::float8 as at from drizzle.__drizzle_migrations`
  const unknown = applied.filter((migration) => !known.has(migration.at)).length
  if (unknown === 0) return applied.length
  throw new DatabaseTooNew(
    `The database has ${unknown} migration(s) that this version of Daypass does not know. ` +
      'Run the version that created them or a later one, or use another database for this version (DATABASE_URL).',
  )
}

/** The folder is beside `src` in the checkout, and beside `dist` in the package. */
function findMigrations(): string {
  const folder = fileURLToPath(new URL('../../migrations', import.meta.url))
  if (!existsSync(folder))
    throw new Error(`The migrations are missing from ${folder}. Install Daypass again.`)
  return folder
}
