import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CheckpointMemory } from '../domain/record/record-log.ts'

/** Remembers the last signed checkpoint in this process and in a file, so that a later process of this machine knows it too. */
export function createMemory(path: string): CheckpointMemory {
  let known: string | null | undefined
  return {
    async last() {
      known ??= await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      })
      return known
    },
    async remember(note) {
      known = note
      await mkdir(dirname(path), { recursive: true })
      await writeFile(`${path}.new`, note)
      await rename(`${path}.new`, path)
    },
  }
}
