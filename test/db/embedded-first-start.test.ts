import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { selectOne, start } from './_embedded.ts'

let folder: string
let starts: ReturnType<typeof start>[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daypass embedded '))
  // As root the data would be elsewhere, so the server's user may enter this folder.
  chmodSync(folder, 0o755)
})
afterEach(async () => {
  for (const process of starts) await process.killAll()
  starts = []
  rmSync(folder, { recursive: true, force: true })
})

function begin() {
  const begun = start(folder)
  starts.push(begun)
  return begun
}

describe('the first start of an embedded Postgres', { timeout: 60_000 }, () => {
  /** Files that appear one after the other on the way. */
  const moments = ['connection.json', 'PG_VERSION', 'pg_hba.conf', 'pg_filenode.map', 'postmaster.pid']
  const kills = moments.flatMap((moment) => [
    { moment, whom: 'the process alone' },
    { moment, whom: 'all that it started' },
  ])

  it.each(kills)(
    'killed when $moment is there ($whom), does not disturb the next start',
    async ({ moment, whom }) => {
      const first = begin()
      await appears(moment, first.said)
      if (whom === 'the process alone') first.process.kill('SIGKILL')
      else await first.killAll()
      const second = await begin().said
      expect(second).toHaveProperty('url')
      if ('url' in second) expect(await selectOne(second.url)).toBe(1)
    },
  )

  it('twice at once is one server, which goes on for the other when the first one leaves', async () => {
    const both = [begin(), begin()]
    const [one, other] = await Promise.all(both.map(({ said }) => said))
    expect(one).toHaveProperty('url')
    expect(other).toEqual(one)
    for (const leaving of both) {
      if (one && 'url' in one) expect(await selectOne(one.url)).toBe(1)
      await leaving.stop()
    }
    const { url } = one as { url: string }
    await vi.waitFor(() => expect(selectOne(url)).rejects.toThrow('ECONNREFUSED'), { timeout: 40_000 })
  })
})

/** Resolves when a file of that name is anywhere in the folder, or the start is over. */
async function appears(name: string, over: Promise<unknown>): Promise<void> {
  let isOver = false
  void over
    .catch(() => {})
    .then(() => {
      isOver = true
    })
  while (!isOver && !files().includes(name)) await new Promise((resolve) => setImmediate(resolve))
}

function files(): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => basename(path))
  } catch {
    // A file was deleted during the search.
    return []
  }
}
