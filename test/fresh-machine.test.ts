import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lastingFolders } from '../src/db/embedded/folders.ts'
import { selectOne, start } from './db/_embedded.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0
const mayMount = isRoot && succeeds('unshare', ['--mount', 'true'])
if (!isRoot) process.stderr.write('!! NOT ROOT: what root meets on a fresh machine is SKIPPED.\n')
else if (!mayMount) process.stderr.write('!! NO MOUNTS ARE ALLOWED: machines that lack things are SKIPPED.\n')

/** Usual after ssh: a locale that this machine does not have. */
const foreignLocale = { LANG: 'de_XX.UTF-8', LC_ALL: 'de_XX.UTF-8' }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daypass fresh '))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe.runIf(isRoot)(
  'root, in a folder that others may not enter, with umask 077 and a locale that is missing',
  { timeout: 60_000 },
  () => {
    it('runs the demo and a database test', async () => {
      const project = copyOfProject()
      const demo = await inShell(project, 'npm run demo -- --exit')
      expect(demo).toContain('is gone, and no session of it is left')
      expect(await inShell(project, 'npx vitest run test/db/clock.test.ts')).toMatch(/Tests .*3 passed/)
      expect(modeOf(project)).toBe(0o700)
      expect(readdirSync(join(project, '.daypass'))).toEqual([])
    }, 240_000)

    it('keeps the data where it survives, finds it again, and loosens nothing', async () => {
      const first = await startedIn(folder)
      expect(lastingFolders.some((lasting) => first.data.startsWith(`${lasting}/data-`))).toBe(true)
      const second = await startedIn(folder)
      expect(second.data).toBe(first.data)
      expect(modeOf(folder)).toBe(0o700)
      const home = join(first.data, '..')
      expect([modeOf(home), modeOf(first.data), modeOf(join(home, 'connection.json'))]).toEqual([
        0o710, 0o700, 0o600,
      ])
      rmSync(home, { recursive: true })
      expect(await refusedIn(folder)).toMatch(
        /was in .* cannot be read there.* delete .*postgres-elsewhere to begin/,
      )
    })

    it('a folder that was moved keeps its data, and one that was copied does not take it', async () => {
      const origin = join(folder, 'origin')
      const { data } = await startedIn(origin)
      execFileSync('cp', ['-a', origin, join(folder, 'copy')])
      expect(await refusedIn(join(folder, 'copy'))).toContain(`copy is a copy of ${origin}`)
      execFileSync('mv', [origin, join(folder, 'moved')])
      expect((await startedIn(join(folder, 'moved'))).data).toBe(data)
      rmSync(join(data, '..'), { recursive: true })
    })
  },
)

describe('an ordinary user', { timeout: 60_000 }, () => {
  it('needs no HOME, no known locale and no open umask', async () => {
    const env = { HOME: '/nonexistent', ...foreignLocale }
    const { data } = await startedIn(folder, {
      env,
      project: readableProject(),
      through: ['sh', '-c', 'umask 077; exec "$@"', 'sh', ...asNobody()],
    })
    expect(data).toBe(join(folder, 'postgres', 'data'))
  })
})

describe.runIf(mayMount)('a machine', { timeout: 60_000 }, () => {
  it.each([
    ['a user postgres', 'grep -v ^postgres: /etc/passwd >passwd; mount --bind passwd /etc/passwd'],
    [
      'a user postgres or a way to make one',
      'grep -v ^postgres: /etc/passwd >passwd; mount --bind passwd /etc/passwd; mount --bind -o ro /etc /etc',
    ],
    ['room in /dev/shm', 'mount -t tmpfs -o size=4k tmpfs /dev/shm'],
    ['a /dev/shm that can be written to', 'mount -t tmpfs -o ro tmpfs /dev/shm'],
    ['a /var/lib that can be written to', 'mount -t tmpfs -o ro tmpfs /var/lib'],
    ['a TMPDIR that others may enter', 'mkdir -m 700 private; export TMPDIR=$PWD/private'],
  ])('without %s will do', async (_, lack) => {
    const { data } = await startedIn(join(folder, 'project'), { through: without(lack) })
    rmSync(join(data, '..'), { recursive: true, force: true })
  })

  it('without any user that Postgres could run as says so', async () => {
    const lack =
      'echo root:x:0:0::/root:/bin/sh >passwd; mount --bind passwd /etc/passwd; ' +
      // Other sources may know `nobody`.
      'if [ -e /etc/nsswitch.conf ]; then echo passwd: files >nss; mount --bind nss /etc/nsswitch.conf; fi'
    expect(await refusedIn(folder, { through: without(lack) })).toMatch(
      /neither a user `postgres` nor `nobody`. Create one/,
    )
  })

  it('without any place for the data says so', async () => {
    const lack = 'mount -t tmpfs -o ro tmpfs /var/lib; mount -t tmpfs -o ro tmpfs /var/tmp'
    expect(await refusedIn(join(folder, 'project'), { through: without(lack) })).toMatch(
      /cannot enter .* Make \/var\/lib\/daypass such a folder .* or set DATABASE_URL/,
    )
  })
})

/** The project as it lies here, in a folder with a blank in its name that only root may enter. */
function copyOfProject(): string {
  const project = join(folder, 'project')
  mkdirSync(project)
  const left = ['./node_modules', './.git', './dist', './artifacts', './.daypass']
  const tar = `tar ${left.map((path) => `--exclude=${path}`).join(' ')} -cf - . | tar -xf - -C "$1"`
  execFileSync('sh', ['-c', tar, 'sh', project])
  chmodSync(project, 0o700)
  // Links where it is the same disk: a copy takes half a minute.
  execFileSync('sh', ['-c', 'cp -al node_modules "$1" 2>/dev/null || cp -a node_modules "$1"', 'sh', project])
  return project
}

async function inShell(cwd: string, command: string): Promise<string> {
  const { TEST_DATABASE_URL: _, DATABASE_URL: __, VITEST: ___, TEST_CLI: ____, ...env } = process.env
  const ran = run('sh', ['-c', `umask 077; ${command} 2>&1`], {
    cwd,
    env: { ...env, NO_COLOR: '1', ...foreignLocale },
  })
  return (await ran.catch((error: { stdout: string }) => ({ stdout: error.stdout }))).stdout
}

type Options = NonNullable<Parameters<typeof start>[1]>

/** Starts and stops once. */
async function startedIn(directory: string, options: Options = {}): Promise<{ data: string }> {
  const starting = start(directory, { ...options, env: { ...foreignLocale, ...options.env } })
  try {
    const said = await starting.said
    if ('error' in said) throw new Error(said.error)
    expect(await selectOne(said.url)).toBe(1)
    return said
  } finally {
    await starting.stop()
  }
}

async function refusedIn(directory: string, options: Options = {}): Promise<string> {
  const starting = start(directory, options)
  const said = await starting.said
  await starting.stop()
  return 'error' in said ? said.error : 'it started'
}

/** A shell that takes something away from its own view of the machine, and then runs the command. */
function without(lack: string): string[] {
  return [
    'unshare',
    '--mount',
    'sh',
    '-ec',
    `here=$PWD; cd "${folder}"; ${lack}; cd "$here"; exec "$@"`,
    'sh',
  ]
}

/** The project where everybody may read it: as it lies here, or a copy where this folder is closed to others. */
function readableProject(): string {
  const here = process.cwd()
  if (
    !isRoot ||
    succeeds(asNobody()[0] ?? '', [...asNobody().slice(1), 'test', '-x', join(here, 'node_modules/.bin/tsx')])
  )
    return here
  const project = join(folder, 'readable')
  mkdirSync(project)
  execFileSync('cp', ['-R', 'package.json', 'tsconfig.json', 'src', 'test', 'node_modules', project])
  execFileSync('chmod', ['-R', 'a+rX', project])
  return project
}

/** As root we become somebody else; the folder is theirs then. */
function asNobody(): string[] {
  if (!isRoot) return []
  execFileSync('chown', ['nobody', folder])
  return ['setpriv', '--reuid=nobody', '--regid=61180', '--clear-groups']
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

function succeeds(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
