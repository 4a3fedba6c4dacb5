import { type ChildProcess, fork } from 'node:child_process'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { StartupRefused } from '../../domain/startup-refused.ts'
import { removeSite, type ServerSite, siteOf } from './home.ts'
import { joinedSession } from './joined.ts'
import type { KeeperOrder, KeeperReport } from './keeper.ts'
import { passwordOf } from './password.ts'
import { postmasterOf } from './postmaster.ts'
import { dataOf } from './server.ts'

/** A Postgres that Daypass starts itself, for use without a database server. */
export interface EmbeddedPostgres {
  /** `postgres://…/daypass`, as superuser. */
  readonly url: string
  /** The data folder of the cluster. */
  readonly data: string
  /** Creates a database of that name if it is missing. Resolves with its URL. */
  database(name: string): Promise<string>
  /** Stops the server, unless another process uses it. */
  stop(): Promise<void>
  /** Stops it and deletes its data. */
  destroy(): Promise<void>
}

/**
 * Starts the embedded Postgres of `directory`, or joins the one that another Daypass process runs there. The server stops after
 * the last process that uses it, even if that process is killed. `throwaway`: the data need not survive a restart of the machine.
 * Throws `StartupRefused`.
 */
export async function startEmbeddedPostgres(
  directory: string,
  options: { throwaway?: boolean } = {},
): Promise<EmbeddedPostgres> {
  const folder = resolve(directory)
  const site = await siteOf(folder, options)
  const password = await passwordOf(site.home)
  const { port, stop } = await startOrJoin(site, password)
  const urlOf = (name: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${name}`
  return {
    url: urlOf(ownDatabase),
    data: dataOf(site),
    async database(name) {
      await createDatabase(urlOf('postgres'), name)
      return urlOf(name)
    },
    stop,
    async destroy() {
      await stop()
      await removeSite(folder, site)
    },
  }
}

const ownDatabase = 'daypass'

interface Started {
  readonly port: number
  stop(): Promise<void>
}

async function startOrJoin(site: ServerSite, password: string): Promise<Started> {
  const deadline = Date.now() + joinLimitMs
  for (;;) {
    const running = await postmasterOf(dataOf(site))
    const joined = running ? await join(running.port, password) : 'is silent'
    if (typeof joined !== 'string') return joined
    const started = joined === 'refuses' ? null : await keep(site, password)
    if (started) return started
    if (joined === 'refuses' || Date.now() > deadline) {
      throw new StartupRefused(
        `Another Postgres (process ${running?.pid ?? 'unknown'}) runs on ${dataOf(site)} and ` +
          `${joined === 'refuses' ? `refuses the password in ${site.home}` : 'does not answer'}.`,
        'Stop it, or set DATABASE_URL.',
      )
    }
    await wait(200)
  }
}

/** The longest time that another process needs to start or stop its server. */
const joinLimitMs = 30_000

/** Uses the server that another process started. The server does not stop while this session is open. */
async function join(port: number, password: string): Promise<Started | 'refuses' | 'is silent'> {
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  const connection = { application_name: joinedSession }
  const session = postgres(url, {
    max: 1,
    fetch_types: false,
    connect_timeout: 5,
    connection,
    onnotice: () => {},
  })
  try {
    await session`select 1`
    // A server that is shutting down refuses this new connection.
    await createDatabase(url, ownDatabase)
    return { port, stop: () => session.end({ timeout: 1 }) }
  } catch (error) {
    await session.end({ timeout: 1 })
    return codeOf(error) === '28P01' ? 'refuses' : 'is silent'
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} })
  try {
    const [found] = await sql`select from pg_database where datname = ${name}`
    if (!found) await sql`create database ${sql(name)}`
  } catch (error) {
    // Two processes may create it at once.
    if (codeOf(error) !== '42P04' && codeOf(error) !== '23505') throw error
  } finally {
    await sql.end({ timeout: 1 })
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code
}

/**
 * Starts the server under a keeper process. A Ctrl-C in the terminal does not reach the server before Daypass has shut down.
 * If Daypass is killed, the keeper notices and stops the server. Null: another server runs on this data.
 */
async function keep(site: ServerSite, password: string): Promise<Started | null> {
  const source = import.meta.url.endsWith('.ts')
  const path = fileURLToPath(new URL(`./keeper.${source ? 'ts' : 'js'}`, import.meta.url))
  const keeper = fork(path, { detached: true, stdio: 'ignore', execArgv: source ? ['--import', 'tsx'] : [] })
  const report = await answerOf(keeper, { site, password })
  if ('alreadyRuns' in report) return null
  if (!('port' in report)) {
    const reason = 'error' in report ? report.error : 'its keeper process ended at once.'
    throw new StartupRefused(
      `The embedded Postgres in ${site.home} did not start: ${reason}`,
      'Correct the cause, or set DATABASE_URL.',
    )
  }
  await createDatabase(
    `postgres://postgres:${password}@127.0.0.1:${report.port}/postgres`,
    ownDatabase,
  ).catch(async (error: unknown) => {
    await dismiss(keeper)
    throw codeOf(error) === '28P01' ? wrongPassword(site) : error
  })
  return { port: report.port, stop: () => dismiss(keeper) }
}

function wrongPassword({ home }: ServerSite): StartupRefused {
  return new StartupRefused(
    `The embedded Postgres in ${home} refuses the password in connection.json beside it.`,
    `Restore both from one backup, delete ${home} to begin with an empty database, or set DATABASE_URL.`,
  )
}

/** Resolves when the server has stopped, or keeps running for another process. */
async function dismiss(keeper: ChildProcess): Promise<void> {
  if (keeper.connected) await answerOf(keeper, 'stop')
  if (keeper.connected) keeper.disconnect()
  keeper.unref()
}

/** The next report of the keeper. An empty object when the keeper ends. */
function answerOf(keeper: ChildProcess, order: KeeperOrder): Promise<KeeperReport | Record<string, never>> {
  return new Promise((resolve, reject) => {
    keeper.once('error', reject)
    keeper.once('message', (report: KeeperReport) => resolve(report))
    keeper.once('exit', () => resolve({}))
    keeper.send(order, () => {})
  })
}
