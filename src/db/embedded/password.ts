import { randomBytes } from 'node:crypto'
import { constants, copyFile, link, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StartupRefused } from '../../domain/startup-refused.ts'

/**
 * The superuser's password, in a file beside the data. The same users can read both. The file is written once, before the data
 * is created, so that data without a password never exists.
 */
export async function passwordOf(home: string): Promise<string> {
  const file = join(home, 'connection.json')
  await placeOnce(file, JSON.stringify({ password: randomBytes(24).toString('base64url') }))
  const found = passwordIn(await readFile(file, 'utf8'))
  if (found !== null) return found
  throw new StartupRefused(
    `${file} does not contain the password of the embedded Postgres.`,
    `Restore it from a backup, delete ${home} to begin with an empty database, or set DATABASE_URL.`,
  )
}

function passwordIn(text: string): string | null {
  try {
    const { password } = JSON.parse(text) as { password?: unknown }
    return typeof password === 'string' && password !== '' ? password : null
  } catch {
    return null
  }
}

/** Writes a file if it is missing. The file appears complete or not at all. If several processes write it, the first one wins. */
export async function placeOnce(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    // Some file systems do not support hard links.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw error
      return copyFile(draft, path, constants.COPYFILE_EXCL)
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
}
