import { randomBytes } from 'node:crypto'
import { constants, copyFile, link, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StartupRefused } from '../../domain/startup-refused.ts'

/**
 * The superuser's password, in a file beside the data that it guards: whoever may read one may read the other. It is written before
 * the data is made, so no data is ever without it, and never again.
 */
export async function passwordOf(home: string): Promise<string> {
  const file = join(home, 'connection.json')
  await placeOnce(file, JSON.stringify({ password: randomBytes(24).toString('base64url') }))
  const found = passwordIn(await readFile(file, 'utf8'))
  if (found !== null) return found
  throw new StartupRefused(
    `${file} does not hold the password of the embedded Postgres.`,
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

/** Writes a file unless it exists. It appears whole or not at all, and of several writers the first one wins. */
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
    // Some file systems know no hard links.
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
