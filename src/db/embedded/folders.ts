import { chmod, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { canEnter, type ServerUser } from './user.ts'

/** Folders of root's that survive a restart of the machine, for what the server's user must reach, best first. */
export const lastingFolders = ['/var/lib/daypass', '/var/tmp/daypass']

/** The same for what may be lost. */
export const passingFolders = () => [...new Set([tmpdir(), '/tmp', '/var/tmp'])]

/** Makes one of `lastingFolders` ready. False where it cannot be made, belongs to others, or is out of the user's reach. */
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
