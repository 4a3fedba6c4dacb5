import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { StreamError } from '../../domain/record/stream.ts'
import type { Send } from './destination.ts'

/** No link is followed, and a FIFO without a reader fails at once. */
const flags =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Adds one line for each event, and waits until the disk has them. The file is opened for each batch, so it can be renamed at any
 * time.
 */
export const sendToFile: Send<'file'> = async ({ to, events }) => {
  const file = await open(to.path, flags, 0o640).catch(cannot)
  try {
    const info = await file.stat()
    if (!info.isFile()) throw new StreamError('Its path is no ordinary file.')
    const lines = events.map((event) => `${JSON.stringify(event.body)}\n`).join('')
    const start = (await endsWithLine(file, info.size)) ? '' : '\n'
    // What a full disk took of a batch is removed: the batch is written again.
    await file.appendFile(start + lines).catch(async (error) => {
      await file.truncate(info.size)
      return cannot(error)
    })
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A process that was killed may have left half a line. */
async function endsWithLine(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return true
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer.toString() === '\n'
}

function cannot(error: NodeJS.ErrnoException): never {
  const link = error.code === 'ELOOP' ? ': its path is a symbolic link' : ''
  throw new StreamError(`The file cannot be written (${error.code}${link}).`)
}
