import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import type { KeeperOrder, KeeperReport } from './embedded-keeper.ts'

/** A Postgres of our own, for whoever has none. */
export interface EmbeddedPostgres {
  /** `postgres://…/daypass`, as superuser. */
  readonly url: string
  /** Makes a database of that name unless there is one; resolves with its URL. */
  database(name: string): Promise<string>
  /** Stops the server, unless another process had started it. */
  stop(): Promise<void>
}

/**
 * Starts the embedded Postgres whose data is under `directory`, or joins the one that another process of ours runs there.
 * It ends with the process that started it, even when that is killed.
 */
export async function startEmbeddedPostgres(directory: string): Promise<EmbeddedPostgres> {
  const root = resolve(directory)
  await mkdir(root, { recursive: true })
  const connection = await readConnection(root)
  if (connection && (await answers(urlOf(connection, 'postgres')))) return running(connection, async () => {})
  const password = connection?.password ?? randomBytes(24).toString('base64url')
  const { port, stop } = await keep({ directory: resolve(root, 'postgres'), password })
  await writeConnection(root, { port, password })
  return running({ port, password }, stop)
}

interface Connection {
  readonly port: number
  readonly password: string
}

async function running(connection: Connection, stop: () => Promise<void>): Promise<EmbeddedPostgres> {
  const database = async (name: string) => {
    await createDatabase(urlOf(connection, 'postgres'), name)
    return urlOf(connection, name)
  }
  return { url: await database('daypass'), database, stop }
}

function urlOf({ port, password }: Connection, database: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/${database}`
}

/** The password lies beside the data that it guards: whoever may read one may read the other. */
async function writeConnection(root: string, connection: Connection): Promise<void> {
  const file = resolve(root, 'postgres.json')
  await writeFile(file, JSON.stringify(connection), { mode: 0o600 })
  await chmod(file, 0o600)
}

async function readConnection(root: string): Promise<Connection | null> {
  try {
    return JSON.parse(await readFile(resolve(root, 'postgres.json'), 'utf8')) as Connection
  } catch {
    return null
  }
}

async function answers(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 2 })
  try {
    await sql`select 1`
    return true
  } catch {
    return false
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const [found] = await sql`select from pg_database where datname = ${name}`
    if (!found) await sql`create database ${sql(name)}`
  } catch (error) {
    // Two processes may find it missing at once.
    if ((error as { code?: string }).code !== '42P04' && (error as { code?: string }).code !== '23505')
      throw error
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/**
 * The server lives under a keeper process: a Ctrl-C in the terminal does not reach it before we have shut down in order,
 * and when we die without a word the keeper notices and stops it.
 */
function keep(order: KeeperOrder): Promise<{ port: number; stop: () => Promise<void> }> {
  const source = import.meta.url.endsWith('.ts')
  const keeper = fileURLToPath(new URL(`./embedded-keeper.${source ? 'ts' : 'js'}`, import.meta.url))
  const child = fork(keeper, { detached: true, stdio: 'ignore', execArgv: source ? ['--import', 'tsx'] : [] })
  const exited = new Promise<void>((ended) => child.once('exit', () => ended()))
  const stop = async () => {
    if (child.connected) child.disconnect()
    await exited
  }
  child.send(order)
  return new Promise((started, failed) => {
    child.once('error', failed)
    exited.then(() => failed(new Error(`The embedded Postgres under ${order.directory} did not start.`)))
    child.on('message', (report: KeeperReport) => {
      if ('port' in report) started({ port: report.port, stop })
      else failed(new Error(`The embedded Postgres under ${order.directory} did not start: ${report.error}`))
    })
  })
}
