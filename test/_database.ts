import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { inject } from 'vitest'

/** A database of one's own. `drop` ends all sessions that still use it. */
export interface FreshDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** Clones the migrated template: for one test file, in `beforeAll`. */
export function freshDatabase(): Promise<FreshDatabase> {
  return createDatabase(`template ${inject('postgres').template}`)
}

/** A database with nothing in it, not even Daypass's tables: for tests of the migrations, and as a target. */
export function emptyDatabase(): Promise<FreshDatabase> {
  return createDatabase('template template0')
}

async function createDatabase(clause: string): Promise<FreshDatabase> {
  const server = inject('postgres').url
  const name = `daypass_test_${randomBytes(6).toString('hex')}`
  await administer(server, `create database ${name} ${clause}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => administer(server, `drop database if exists ${name} with (force)`) }
}

async function administer(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}
