import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'

/** The database was migrated by a later version of Daypass, which this one must not write to. */
export class DatabaseTooNew extends Error {
  override readonly name = 'DatabaseTooNew'
}

/** Any number that no other program locks: `daypass` as bytes. */
const migrationLock = '28254013706765171'

/**
 * Brings the database up to this version of the code. Several processes may call it at once: one migrates, the others wait
 * and find nothing left to do. Throws `DatabaseTooNew`.
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
    await sql`select pg_advisory_lock(${migrationLock}::bigint)`
    await refuseNewer(sql, migrationsFolder)
    await migrate(drizzle(sql), { migrationsFolder })
  } finally {
    await sql.end({ timeout: 5 })
  }
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
