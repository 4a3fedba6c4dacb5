import type { Config } from '../config.ts'
import { createDatabaseClock, type DatabaseClock } from '../db/clock.ts'
import { type Database, openDatabase } from '../db/database.ts'
import { startEmbeddedPostgres } from '../db/embedded/postgres.ts'
import { migrateDatabase } from '../db/migrate.ts'
import { createOutbox } from '../db/outbox.ts'
import { createArchive, isArchive } from '../db/record/archive.ts'
import { createRecord } from '../db/record/record.ts'
import { ensureRole, grantToApplication } from '../db/roles.ts'
import { createStore, type OnCommit } from '../db/store.ts'
import { createWakeSignal, type WakeSignal } from '../db/wake-signal.ts'
import type { Outbox } from '../domain/outbox.ts'
import type { RecordLog } from '../domain/record/record-log.ts'
import type { Store } from '../domain/store.ts'

/** A database that is up to date. */
export interface PreparedDatabase {
  readonly url: string
  /** Stops the embedded Postgres, where this process started one. */
  release(): Promise<void>
}

/** The database and its users: clock, store, outbox. */
export interface Data {
  readonly database: Database
  readonly clock: DatabaseClock
  readonly store: Store
  readonly outbox: Outbox
  readonly record: RecordLog
  /** The database holds an imported log, and nothing else. */
  readonly isArchive: boolean
  readonly wakeSignal: WakeSignal
  close(): Promise<void>
}

/** Brings the database up to date, starting the embedded one when none is configured. */
export async function prepareDatabase({ database }: Pick<Config, 'database'>): Promise<PreparedDatabase> {
  if (database.kind === 'url') {
    const { url, migrationUrl } = database
    await migrateDatabase(migrationUrl ?? url)
    if (migrationUrl !== null) await grantToApplication(migrationUrl, userOf(url))
    return { url, release: async () => {} }
  }
  const embedded = await startEmbeddedPostgres(database.directory)
  try {
    await migrateDatabase(embedded.url)
    return { url: await applicationUrl(embedded.url), release: embedded.stop }
  } catch (error) {
    await embedded.stop()
    throw error
  }
}

const applicationRole = 'daypass_app'

/** In the embedded Postgres, the application connects as a role that cannot change the audit log. Both roles have one password. */
async function applicationUrl(ownerUrl: string): Promise<string> {
  const url = new URL(ownerUrl)
  await ensureRole(ownerUrl, applicationRole, decodeURIComponent(url.password))
  await grantToApplication(ownerUrl, applicationRole)
  url.username = applicationRole
  return url.href
}

/** Postgres accepts several hosts in one URL, but `URL` does not. */
function userOf(url: string): string {
  return decodeURIComponent(new URL(url.replace(/,[^@/?#]*(?=[/?#]|$)/, '')).username)
}

/** Opens a prepared database. `onCommit` is called after each commit that added effects to the outbox. */
export async function openData({ url, release }: PreparedDatabase, onCommit: OnCommit): Promise<Data> {
  const database = openDatabase(url)
  const holdsArchive = await isArchive(database)
  return {
    database,
    clock: await createDatabaseClock(database),
    store: createStore(database, onCommit),
    outbox: createOutbox(database),
    record: holdsArchive ? createArchive(database) : createRecord(database),
    isArchive: holdsArchive,
    wakeSignal: createWakeSignal(database),
    async close() {
      await database.close()
      await release()
    },
  }
}
