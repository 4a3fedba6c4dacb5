import { setTimeout as wait } from 'node:timers/promises'
import postgres from 'postgres'
import type { ServerSite } from './home.ts'
import { joinedSession } from './joined.ts'
import { AlreadyRuns, createCluster, type RunningServer, startServer } from './server.ts'

/** The orders for the keeper: first the site to start, at the end `stop`. */
export type KeeperOrder = { readonly site: ServerSite; readonly password: string } | 'stop'
/** Its answers. `alreadyRuns`: another server runs on this data. `used`: the server keeps running, because other processes use it. */
export type KeeperReport =
  | { readonly port: number }
  | { readonly alreadyRuns: true }
  | { readonly error: string }
  | { readonly used: true }

// Aborted when the parent sends `stop`, or ends for any reason.
const parentLeft = new AbortController()
process.once('disconnect', () => parentLeft.abort())

process.on('message', (order: KeeperOrder) => {
  if (order === 'stop') return parentLeft.abort()
  start(order.site, order.password).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error)
    report(error instanceof AlreadyRuns ? { alreadyRuns: true } : { error: message })
    if (process.connected) process.disconnect()
  })
})

async function start(site: ServerSite, password: string): Promise<void> {
  const { signal } = parentLeft
  await createCluster(site, { password, signal })
  signal.throwIfAborted()
  const server = await startServer(site)
  report({ port: server.port })
  if (!signal.aborted) await new Promise((left) => signal.addEventListener('abort', left))
  await untilUnused(server, password)
  await server.stop()
  process.exit(0)
}

/** Resolves when no other Daypass process uses the server: it must not stop while one that joined needs it. */
async function untilUnused({ port }: RunningServer, password: string): Promise<void> {
  const server = { host: '127.0.0.1', port, user: 'postgres', password }
  const sql = postgres({ ...server, max: 1, fetch_types: false, connect_timeout: 5 })
  try {
    for (;;) {
      const [found] = await sql`select from pg_stat_activity where application_name = ${joinedSession}`
      if (!found) return
      report({ used: true })
      await wait(500)
    }
  } catch {
    // The server is shutting down already.
  } finally {
    await sql.end({ timeout: 1 })
  }
}

function report(message: KeeperReport): void {
  // The parent may end at any moment.
  if (process.connected) process.send?.(message, () => {})
}
