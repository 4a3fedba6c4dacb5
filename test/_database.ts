import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { inject } from 'vitest'

/** A database of one's own. `drop` ends all sessions that still use it. */
export interface FreshDatabase {
  /** As the application's role, which does not own the tables. */
  readonly url: string
  /** As the owner of the tables, and superuser. */
  readonly ownerUrl: string
  drop(): Promise<void>
}

/** Clones the migrated template, by its files: that takes half as long as by its blocks, and does not write the log. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const { template, application } = inject('postgres')
  const { ownerUrl, drop } = await createDatabase(`template ${template} strategy file_copy`)
  const url = new URL(ownerUrl)
  url.username = application.role
  url.password = application.password
  // The rights on a database are not copied with it.
  await administer(ownerUrl, `grant create on database ${url.pathname.slice(1)} to ${application.role}`)
  return { url: url.href, ownerUrl, drop }
}

/** A database with nothing in it, not even Daypass's tables: for tests of the migrations, and as a target. */
export async function emptyDatabase(): Promise<FreshDatabase> {
  const created = await createDatabase('template template0')
  return { url: created.ownerUrl, ...created }
}

async function createDatabase(clause: string): Promise<Omit<FreshDatabase, 'url'>> {
  const server = inject('postgres').url
  const name = `daypass_test_${randomBytes(6).toString('hex')}`
  await administer(server, `create database ${name} ${clause}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    ownerUrl: url.href,
    drop: () => administer(server, `drop database if exists ${name} with (force)`),
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}
