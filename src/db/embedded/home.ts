import { chmod, chown, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StartupRefused } from '../../domain/startup-refused.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import { isOurs, lastingFolders, passingFolders } from './folders.ts'
import { placeOnce } from './password.ts'
import { canEnter, findServerUser, type ServerUser } from './user.ts'

/** One embedded server: the folder of its data, the user that runs it, and its programs. */
export interface ServerSite {
  /** The folder with `data` (the cluster) and `connection.json` (its password). */
  readonly home: string
  /** Null: the user of this process. */
  readonly user: ServerUser | null
  readonly binaries: Binaries
}

/**
 * The site of `directory`, the same at every call. Its home is `directory/postgres`. If this process is root and the server's user
 * cannot enter that folder, the home is elsewhere, and the file `postgres-elsewhere` in `directory` has its path.
 */
export async function siteOf(directory: string, options: { throwaway?: boolean } = {}): Promise<ServerSite> {
  await mkdir(directory, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new StartupRefused(
      `The folder ${directory} for the data of the embedded Postgres cannot be created (${error.code}).`,
      'Set DAYPASS_DIRECTORY to a folder that Daypass may write to, or set DATABASE_URL.',
    )
  })
  const own = await realpath(directory)
  const beside = join(own, 'postgres')
  const noted = await readNote(own)
  const home = noted ?? beside
  const user = (await ownerOfData(home)) ?? (await findServerUser())
  const binaries = await findBinaries(user)
  if (noted || (await exists(join(beside, 'data'))))
    return { home: await reached(home, user), user, binaries }
  if (!user || (await canEnter(own, user))) return { home: await prepared(beside, user), user, binaries }
  return { home: await homeElsewhere(own, user, options.throwaway ?? false), user, binaries }
}

/** A site in a temporary folder. The caller deletes `home` afterwards. */
export async function temporarySite(): Promise<ServerSite> {
  const user = await findServerUser()
  const binaries = await findBinaries(user)
  return { home: await temporaryHome(user), user, binaries }
}

/** Deletes the files that `siteOf` made. The server must be stopped. */
export async function removeSite(directory: string, { home }: ServerSite): Promise<void> {
  await rm(home, { recursive: true, force: true })
  await rm(noteIn(directory), { force: true })
}

async function temporaryHome(user: ServerUser | null): Promise<string> {
  for (const folder of passingFolders()) {
    const home = await mkdtemp(join(folder, 'daypass-postgres-')).catch(() => null)
    if (!home) continue
    await prepared(home, user)
    if (!user || (await canEnter(home, user))) return home
    await rm(home, { recursive: true, force: true })
  }
  throw new StartupRefused(
    `No folder for a temporary Postgres: none of ${passingFolders().join(', ')} can be written to` +
      `${user ? ` and entered by the user \`${user.name}\`` : ''}.`,
    'Point TMPDIR at one that can.',
  )
}

async function homeElsewhere(directory: string, user: ServerUser, throwaway: boolean): Promise<string> {
  const home = throwaway ? await temporaryHome(user) : await lastingHome(directory, user)
  await writeFile(originIn(home), directory)
  await placeOnce(noteIn(directory), home)
  const noted = await readNote(directory)
  // Two processes may start for the first time at once. The first one that writes its note decides.
  if (noted !== home) await rm(home, { recursive: true, force: true })
  return noted ?? home
}

async function lastingHome(directory: string, user: ServerUser): Promise<string> {
  for (const folder of lastingFolders) {
    if (!(await isOurs(folder, user))) continue
    const home = await mkdtemp(join(folder, 'data-')).catch(() => null)
    if (home) return prepared(home, user)
  }
  throw new StartupRefused(
    `Postgres refuses to run as root, and the user \`${user.name}\`, as whom it runs instead, cannot enter ${directory}. ` +
      `No other place could be made for its data: ${lastingFolders.join(' and ')} must be folders of root's that only root may write to.`,
    'Make /var/lib/daypass such a folder (mode 0711), set DAYPASS_DIRECTORY to a folder that others may enter, or set DATABASE_URL.',
  )
}

/** Creates the home. Only the server's user and root may enter it. */
async function prepared(home: string, user: ServerUser | null): Promise<string> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  if (user) {
    await chown(home, 0, user.gid)
    await chmod(home, 0o710)
  }
  return home
}

async function reached(home: string, user: ServerUser | null): Promise<string> {
  if (!user || (await canEnter(home, user))) return home
  throw new StartupRefused(
    `The embedded Postgres in ${home} runs as the user \`${user.name}\`, who cannot enter that folder.`,
    'Let that user pass through the folders above it, start as the user who started it first, or set DATABASE_URL.',
  )
}

/** The owner of the data. Root can run the server as that user; other users cannot, so they are refused. Null: this process's user. */
async function ownerOfData(home: string): Promise<ServerUser | null> {
  const data = join(home, 'data')
  const found = await stat(data).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') throw foreign(data)
    return null
  })
  const uid = process.getuid?.()
  if (!found || uid === undefined || found.uid === uid) return null
  if (uid !== 0) throw foreign(data)
  return { name: `uid ${found.uid}`, uid: found.uid, gid: found.gid }
}

function foreign(data: string): StartupRefused {
  return new StartupRefused(
    `The embedded Postgres in ${data} belongs to another user.`,
    'Start as the user who started it first (root, perhaps), set DAYPASS_DIRECTORY to begin with an empty database elsewhere, or set DATABASE_URL.',
  )
}

const noteIn = (directory: string) => join(directory, 'postgres-elsewhere')
const originIn = (home: string) => join(home, 'origin')

/** Reads where the data is, if it is elsewhere. A copy of a folder is refused, because it must not share the data of the original. */
async function readNote(directory: string): Promise<string | null> {
  const note = noteIn(directory)
  const home = await read(note)
  if (home === null) return null
  const remedy = `delete ${note} to begin with an empty database, or set DATABASE_URL.`
  const origin = await read(originIn(home))
  if (origin === null) {
    throw new StartupRefused(
      `The embedded Postgres that belongs to ${directory} was in ${home}, and cannot be read there.`,
      `Start as root if you did so before, restore the folder from a backup, ${remedy}`,
    )
  }
  if (origin === directory) return home
  if ((await read(noteIn(origin))) === home) {
    throw new StartupRefused(
      `${directory} is a copy of ${origin}, and the embedded Postgres in ${home} belongs to that one.`,
      `To use both, ${remedy}`,
    )
  }
  // The folder was moved.
  await writeFile(originIn(home), directory)
  return home
}

async function read(path: string): Promise<string | null> {
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => null,
  )
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
