import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { temporarySite } from '../src/db/embedded/home.ts'
import { createCluster, startServer } from '../src/db/embedded/server.ts'
import { migrateDatabase } from '../src/db/migrate.ts'
import { ensureRole, grantToApplication } from '../src/db/roles.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's maintenance database, the migrated database that others are cloned from, and the application's role there. */
    postgres: { url: string; template: string; application: { role: string; password: string } }
  }
}

/** One Postgres a run: the server that TEST_DATABASE_URL names, or else an embedded one, in haste and without fsync. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL
  const server = given ? { url: given, stop: async () => {} } : await startEmbedded()
  const template = `daypass_template_${randomBytes(6).toString('hex')}`
  await administer(server.url, `create database ${template}`)
  await migrateDatabase(databaseUrl(server.url, template))
  const application = { role: `${template}_app`, password: 'password' }
  await ensureRole(server.url, application.role, application.password)
  await grantToApplication(databaseUrl(server.url, template), application.role)
  project.provide('postgres', { url: server.url, template, application })
  return async () => {
    if (given) {
      await administer(server.url, `drop database if exists ${template} with (force)`)
      await administer(server.url, `drop role if exists ${application.role}`)
    }
    await server.stop()
  }
}

async function startEmbedded(): Promise<{ url: string; stop(): Promise<void> }> {
  const site = await temporarySite()
  await createCluster(site, { password: 'password', flags: ['--no-sync'] })
  const server = await startServer(site, { settings: quickSettings })
  return {
    url: `postgres://postgres:password@127.0.0.1:${server.port}/postgres`,
    async stop() {
      await server.stop()
      await rm(site.home, { recursive: true, force: true })
    },
  }
}

const quickSettings = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=300',
  'shared_buffers=64MB',
]

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
