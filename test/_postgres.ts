import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chown, mkdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { freePort } from '../fixtures/free-port.ts'
import { temporarySite } from '../src/db/embedded/home.ts'
import { createCluster, startServer } from '../src/db/embedded/server.ts'

/** A throwaway server on loopback: nothing in it survives `close`. */
export interface TestPostgres {
  readonly majorVersion: number
  readonly port: number
  /** The superuser `postgres`, database `postgres`. */
  readonly superuserUrl: string
  /** The same server as another user, or another of its databases. */
  url(as?: { user?: string; password?: string; database?: string }): string
  /** Everything the server has logged, statements included when asked for. */
  log(): string
  close(): Promise<void>
}

export interface TestPostgresOptions {
  /** Log every statement, to show what a server's log would hold. */
  readonly logStatements?: boolean
  /** Further `name=value` server settings. */
  readonly settings?: readonly string[]
}

/** Postgres 18 from the npm package: always there. Ready in about two seconds. */
export async function startPostgres18(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const site = await temporarySite()
  const log: string[] = []
  await createCluster(site, { password: superuserPassword, flags: ['--no-sync'] })
  const server = await startServer(site, {
    settings: serverSettings(options),
    onLog: (text) => log.push(text),
  })
  return testPostgres(18, server.port, log, async () => {
    await server.stop()
    await rm(site.home, { recursive: true, force: true })
  })
}

/** Folder of Postgres 15's binaries on this machine, or null: then say loudly that its tests are skipped. */
export function findPostgres15(): string | null {
  const folders = ['/usr/lib/postgresql/15/bin', ...(process.env.PATH ?? '').split(delimiter)]
  return folders.find((folder) => majorVersionOf(join(folder, 'postgres')) === 15) ?? null
}

/** A cluster of its own from the binaries that `findPostgres15` found. */
export async function startPostgres15(
  binaries: string,
  options: TestPostgresOptions = {},
): Promise<TestPostgres> {
  const { home: directory, user } = await temporarySite()
  const port = await freePort()
  const data = join(directory, 'data')
  const password = join(directory, 'password')
  const as = user ? { uid: user.uid, gid: user.gid } : {}
  await mkdir(data)
  await writeFile(password, superuserPassword)
  for (const path of user ? [data, password] : []) await chown(path, user?.uid ?? 0, user?.gid ?? 0)
  execFileSync(
    join(binaries, 'initdb'),
    [
      `--pgdata=${data}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${password}`,
      ...initdbFlags,
    ],
    { ...as, cwd: directory, stdio: 'pipe' },
  )
  const args = [
    '-D',
    data,
    '-p',
    String(port),
    ...flags(['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...serverSettings(options)]),
  ]
  const server = spawn(join(binaries, 'postgres'), args, {
    ...as,
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const stopAtExit = () => server.kill('SIGINT')
  process.once('exit', stopAtExit)
  const log = await untilReady(server)
  return testPostgres(15, port, log, async () => {
    process.off('exit', stopAtExit)
    await stopped(server)
    await rm(directory, { recursive: true, force: true })
  })
}

const superuserPassword = 'superuser'
const initdbFlags = ['--no-sync', '--encoding=UTF8', '--no-locale']

/** Nothing here needs to survive a power cut, so nothing waits for the disk. */
function serverSettings({ logStatements, settings }: TestPostgresOptions): string[] {
  return [
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'max_connections=200',
    'max_prepared_transactions=20',
    ...(logStatements
      ? ['log_statement=all', 'log_min_duration_statement=0', 'log_min_error_statement=debug5']
      : []),
    ...(settings ?? []),
  ]
}

function flags(settings: readonly string[]): string[] {
  return settings.flatMap((setting) => ['-c', setting])
}

function testPostgres(
  majorVersion: number,
  port: number,
  log: readonly string[],
  close: () => Promise<void>,
): TestPostgres {
  const url = (as: { user?: string; password?: string; database?: string } = {}) => {
    const made = new URL(`postgres://127.0.0.1:${port}`)
    made.username = encodeURIComponent(as.user ?? 'postgres')
    made.password = encodeURIComponent(as.password ?? (as.user === undefined ? superuserPassword : ''))
    made.pathname = `/${encodeURIComponent(as.database ?? 'postgres')}`
    return made.href
  }
  return { majorVersion, port, superuserUrl: url(), url, log: () => log.join(''), close }
}

function majorVersionOf(binary: string): number | null {
  try {
    const said = execFileSync(binary, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return Number(/ (\d+)/.exec(said)?.[1] ?? Number.NaN)
  } catch {
    return null
  }
}

/** Resolves with the growing log once the server accepts connections. */
function untilReady(server: ChildProcess): Promise<readonly string[]> {
  const log: string[] = []
  let ready = false
  return new Promise((resolve, reject) => {
    server.once('exit', () => reject(new Error(`postgres did not start: ${log.join('')}`)))
    server.stderr?.on('data', (chunk: Buffer) => {
      log.push(chunk.toString('utf8'))
      if (!ready && log.join('').includes('ready to accept connections')) {
        ready = true
        resolve(log)
      }
    })
  })
}

function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    server.once('exit', () => resolve())
    server.kill('SIGINT')
  })
}
