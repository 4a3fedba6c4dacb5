import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { StartupRefused } from '../domain/startup-refused.ts'

/** The database was migrated by a later version of Daypass, which this one must not write to. */
export class DatabaseTooNew extends StartupRefused {}

/** Any number that no other program locks: `daypass` as bytes. */
const migrationLock = '28254013706765171'

/**
 * Brings the database up to this version of the code. Several processes may call it at once: one migrates, the others wait
 * and find nothing left to do. Throws `DatabaseTooNew`, or `StartupRefused` when there is no getting in.
 */
export async function migrateDatabase(url: string): Promise<void> {
  const migrationsFolder = findMigrations()
  // One connection for lock and migration: the lock is the session's.
  const sql = postgres(url, {
    max: 1,
    max_lifetime: null,
    onnotice: () => {},
    connection: { application_name: 'daypass migrate' },
  })
  try {
    await sql`select 1`.catch((error: unknown) => refuseUnreachable(error))
    await sql`select pg_advisory_lock(${migrationLock}::bigint)`
    await refuseNewer(sql, migrationsFolder)
    await migrate(drizzle(sql), { migrationsFolder })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Never with the URL, which holds the password. */
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
    'There is no such database: make it (`create database daypass`), or correct its name in DATABASE_URL.',
  '42501': 'Let the user in DATABASE_URL create schemas and tables in that database.',
  '53300': 'Postgres has no connection free: raise max_connections, or end others.',
  '57P03': 'Postgres is starting up; try again in a moment.',
}

async function refuseNewer(sql: postgres.Sql, migrationsFolder: string): Promise<void> {
  const [table] = await sql`select to_regclass('drizzle.__drizzle_migrations') as name`
  if (!table?.name) return
  const known = new Set(readMigrationFiles({ migrationsFolder }).map((migration) => migration.folderMillis))
  const applied = await sql<{ at: number }[]>`
    select created_at::float8 as at from drizzle.__drizzle_migrations`
  const unknown = applied.filter((migration) => !known.has(migration.at)).length
  if (unknown === 0) return
  throw new DatabaseTooNew(
    `The database has ${unknown} migration(s) that this version of Daypass does not know. ` +
      'Run the version that made them or a later one, or give this one a database of its own (DATABASE_URL).',
  )
}

/** Beside `src` and `dist` alike. */
function findMigrations(): string {
  const folder = fileURLToPath(new URL('../../migrations', import.meta.url))
  if (!existsSync(folder))
    throw new Error(`The migrations are missing: ${folder} should hold them. Install Daypass anew.`)
  return folder
}
