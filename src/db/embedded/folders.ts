import { chmod, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { canEnter, type ServerUser } from './user.ts'

/** Folders of root that survive a restart of the machine, for files that the server's user must reach. The best is first. */
export const lastingFolders = ['/var/lib/daypass', '/var/tmp/daypass']

/** Folders for files that need not survive a restart. */
export const passingFolders = () => [...new Set([tmpdir(), '/tmp', '/var/tmp'])]

/** Prepares one of `lastingFolders`. False: it cannot be created, belongs to another user, or the server's user cannot enter it. */
export async function isOurs(folder: string, user: ServerUser): Promise<boolean> {
  try {
    const created = await mkdir(folder, { recursive: true })
    if (created !== undefined) await chmod(folder, 0o711)
    const { uid, mode, isDirectory } = await statOf(folder)
    return isDirectory && uid === 0 && (mode & 0o022) === 0 && (await canEnter(folder, user))
  } catch {
    return false
  }
}

async function statOf(folder: string) {
  const found = await lstat(folder)
  return { uid: found.uid, mode: found.mode, isDirectory: found.isDirectory() }
}
