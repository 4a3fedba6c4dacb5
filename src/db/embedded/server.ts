import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chown, mkdtemp, readdir, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ServerSite } from './home.ts'
import { isAlive, postmasterOf } from './postmaster.ts'

const run = promisify(execFile)

/** One server process that is ready to accept connections on 127.0.0.1. */
export interface RunningServer {
  readonly port: number
  /** Ends the sessions and shuts the server down. */
  stop(): Promise<void>
}

/** Another server runs on the same data, or is still shutting down. */
export class AlreadyRuns extends Error {}

export const dataOf = ({ home }: Pick<ServerSite, 'home'>): string => join(home, 'data')

/**
 * Creates the cluster if it is missing. It is created in a temporary folder and renamed when it is complete, so that a kill never
 * leaves a part of a cluster. If two processes create it at once, the first one stays.
 */
export async function createCluster(
  site: ServerSite,
  options: { password: string; flags?: readonly string[]; signal?: AbortSignal },
): Promise<void> {
  await removeAbandoned(site.home)
  if (await exists(dataOf(site))) return
  const folder = await mkdtemp(join(site.home, `new-${process.pid}-`))
  try {
    const passwordFile = join(folder, 'password')
    await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 })
    for (const path of site.user ? [folder, passwordFile] : []) {
      await chown(path, site.user?.uid ?? 0, site.user?.gid ?? 0)
    }
    const data = join(folder, 'data')
    const flags = [`--pgdata=${data}`, `--pwfile=${passwordFile}`, ...clusterFlags, ...(options.flags ?? [])]
    await run(site.binaries.initdb, flags, { ...asUser(site), signal: options.signal }).catch(
      (error: unknown) => {
        throw new Error(`initdb failed: ${explain(lastMessage(error))}`, { cause: error })
      },
    )
    await rename(data, dataOf(site)).catch(async (error: unknown) => {
      if (!(await exists(dataOf(site)))) throw error
    })
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {})
  }
}

/**
 * The same on every machine, independent of its locales and `LANG`: strings sort by code point, and letter case follows Unicode.
 * https://www.postgresql.org/docs/18/locale.html#LOCALE-PROVIDERS
 */
const clusterFlags = [
  '--username=postgres',
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  // Shared memory in files, because containers have only 64 MB of /dev/shm, and some machines none.
  '--set=dynamic_shared_memory_type=mmap',
]

export interface StartOptions {
  /** Further `name=value` settings. */
  readonly settings?: readonly string[]
  readonly onLog?: (text: string) => void
  /** Stops the server. */
  readonly signal?: AbortSignal
}

/** Starts the server on a free port. Throws `AlreadyRuns`, or an `Error` with the end of the server's log. */
export async function startServer(site: ServerSite, options: StartOptions = {}): Promise<RunningServer> {
  for (let triesLeft = 5; ; triesLeft -= 1) {
    const outcome = await tryToStart(site, options)
    if (typeof outcome !== 'string') return outcome
    options.signal?.throwIfAborted()
    if (/lock file "postmaster.pid" already exists/.test(outcome)) {
      if (triesLeft > 0 && (await removeStaleLock(site))) continue
      throw new AlreadyRuns(outcome)
    }
    // The sessions of a killed server end shortly after it.
    if (/pre-existing shared memory block/.test(outcome)) throw new AlreadyRuns(outcome)
    // Another process may have taken the port since it was found free.
    if (triesLeft > 0 && /Address already in use/.test(outcome)) continue
    throw new Error(outcome.trim() || 'the server ended at once')
  }
}

/** The running server; or the end of its log, if it did not start. */
async function tryToStart(
  site: ServerSite,
  { settings = [], onLog, signal }: StartOptions,
): Promise<RunningServer | string> {
  const port = await freePort()
  const flags = [...serverSettings, ...settings].flatMap((setting) => ['-c', setting])
  const child = spawn(site.binaries.postgres, ['-D', dataOf(site), '-p', String(port), ...flags], {
    ...asUser(site),
    signal,
    killSignal: 'SIGINT',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let beginning = ''
  const stopAtExit = () => child.kill('SIGINT')
  process.once('exit', stopAtExit)
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      beginning += `${error.message}\n`
      // After a stop by the signal, the process still runs for a moment and `close` follows.
      if (child.pid === undefined) resolve()
    })
    child.once('close', () => resolve())
  })
  let isReady = false
  const ready = new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      const text = chunk.toString('utf8')
      onLog?.(text)
      if (isReady) return
      beginning = `${beginning}${text}`.slice(-10_000)
      isReady = beginning.includes('database system is ready to accept connections')
      if (isReady) resolve()
    })
  })
  void ended.then(() => process.off('exit', stopAtExit))
  await Promise.race([ready, ended])
  return isReady ? { port, stop: () => stop(child, ended) } : beginning
}

const serverSettings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=']

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (process.platform === 'win32' && child.pid !== undefined) {
    // Windows cannot send SIGINT to another process.
    spawn('taskkill', ['/pid', String(child.pid), '/f', '/t'])
  } else child.kill('SIGINT')
  await ended
}

/** Postgres does not inherit the environment, which may have a locale that this machine lacks, or PGOPTIONS. */
function asUser({ home, user }: ServerSite) {
  const { PATH, SystemRoot, TEMP } = process.env
  const as = user ? { uid: user.uid, gid: user.gid } : {}
  return { ...as, cwd: home, env: { PATH, SystemRoot, TEMP, LC_ALL: 'C' } }
}

/** Removes the folders of first starts that were killed. The number in the name is the id of their process. */
async function removeAbandoned(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = Number(/^new-(\d+)-/.exec(name)?.[1] ?? Number.NaN)
    if (Number.isNaN(pid) || isAlive(pid)) continue
    await rm(join(home, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => {})
  }
}

/**
 * A lock file names a process. After a restart of the machine or container, another program may have that number, and Postgres
 * cannot detect this. If /proc shows that the process is not a server on this data, the lock file is deleted.
 */
async function removeStaleLock(site: ServerSite): Promise<boolean> {
  const found = await postmasterOf(dataOf(site))
  if (!found) return true
  const [folder, data] = await Promise.all([
    readlink(`/proc/${found.pid}/cwd`).catch(() => null),
    realpath(dataOf(site)),
  ])
  if (folder === null || folder === data) return false
  await rm(join(dataOf(site), 'postmaster.pid'), { force: true })
  return true
}

function lastMessage(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string }
  return (stderr?.trim() || message || String(error)).split('\n').slice(-5).join(' ')
}

function explain(fault: string): string {
  if (!/could not look up effective user ID/.test(fault)) return fault
  return `${fault} Postgres runs only as a user that has a name: add one to /etc/passwd, or start as another user.`
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
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
