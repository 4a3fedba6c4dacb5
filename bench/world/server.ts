import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { startEmbeddedPostgres } from '../../src/db/embedded/postgres.ts'
import { cpuOfFamily } from './cpu.ts'

/** The Postgres that all measured servers use, and the folder for all files. */
export interface Server {
  readonly folder: string
  readonly version: string
  /** The settings that make a commit safe: `fsync on, ...`. */
  readonly durability: string
  /** Processor time of all its processes so far, in milliseconds. */
  cpu(): number
  urlOf(database: string): string
  create(database: string, template?: string): Promise<string>
  drop(database: string): Promise<void>
  close(): Promise<void>
}

/**
 * An embedded Postgres with its usual settings, durability included. Only `track_commit_timestamp` is set: with it
 * the server records when a row was committed, and nobody has to poll.
 */
export async function startServer(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-bench-'))
  const first = await startEmbeddedPostgres(folder, { throwaway: true })
  await once(first.url, (sql) => sql`alter system set track_commit_timestamp = on`)
  await first.stop()
  const server = await startEmbeddedPostgres(folder)
  const sql = postgres(server.url, { max: 1, onnotice: () => {} })
  const [about] = await sql<{ version: string; durability: string }[]>`
    select current_setting('server_version') as version, (
      select string_agg(name || ' ' || setting, ', ' order by name) from pg_settings
      where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method')) as durability`
  const postmaster = Number(readFileSync(join(server.data, 'postmaster.pid'), 'utf8').split('\n')[0])
  const urlOf = (database: string) => server.url.replace(/[^/]*$/, database)
  return {
    folder,
    cpu: () => cpuOfFamily(postmaster),
    urlOf,
    version: about?.version ?? 'unknown',
    durability: about?.durability ?? 'unknown',
    async create(database, template = 'template1') {
      await sql`drop database if exists ${sql(database)} with (force)`
      await sql`create database ${sql(database)} template ${sql(template)}`
      return urlOf(database)
    },
    async drop(database) {
      await sql`drop database if exists ${sql(database)} with (force)`
    },
    async close() {
      await sql.end({ timeout: 2 })
      await server.destroy()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Runs `errand` on a connection of its own. */
export async function once<T>(url: string, errand: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return await errand(sql)
  } finally {
    await sql.end({ timeout: 2 })
  }
}
