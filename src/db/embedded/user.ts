import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { StartupRefused } from '../../domain/startup-refused.ts'

const run = promisify(execFile)

/** The user that runs the embedded server. */
export interface ServerUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/**
 * Null: this process is not root, so its own user runs the server. Postgres refuses to run as root, so root needs another user. No
 * user is created: `initdb` only needs a user with a name.
 */
export async function findServerUser(): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', '_postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)])
    // Other programs also use `nobody`. A group that only this server has protects its data from them.
    if (uid !== null && gid !== null) return { name, uid, gid: name === 'nobody' ? unusedGroup : gid }
  }
  throw new StartupRefused(
    'Postgres refuses to run as root, and this machine has neither a user `postgres` nor `nobody`.',
    'Create one (`useradd --system postgres`), start as an ordinary user, or set DATABASE_URL.',
  )
}

/** Unassigned on every Linux that follows https://systemd.io/UIDS-GIDS/ (60578 to 61183 are unused). */
const unusedGroup = 61_180

/** Whether the server's user may enter a folder. It is tried and not computed, so that access control lists count too. */
export async function canEnter(folder: string, user: ServerUser): Promise<boolean> {
  const { uid, gid } = user
  return run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { uid, gid, cwd: '/' }).then(
    () => true,
    () => false,
  )
}

async function idOf(flag: '-u' | '-g', name: string): Promise<number | null> {
  return run('id', [flag, name]).then(
    ({ stdout }) => Number(stdout),
    () => null,
  )
}
