import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The server that runs on this data, by its lock file. Null: there is no lock file, or its process is dead. */
export async function postmasterOf(data: string): Promise<{ pid: number; port: number } | null> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  // https://www.postgresql.org/docs/18/storage-file-layout.html: process, folder, start, port, ...
  const lines = text.split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  return pid > 0 && port > 0 && isAlive(pid) ? { pid, port } : null
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
