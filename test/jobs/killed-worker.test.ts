import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import type { Performed } from '../../src/jobs/observer.ts'
import { startJobs } from '../../src/jobs/start-jobs.ts'
import { done } from '../../src/usecases/_shared/effect-outcome.ts'
import { freshDatabase } from '../_database.ts'
import { type QueueBackendUnderTest, queueBackends } from '../_queue-backends.ts'
import { effectsThat, revoke, silentLog } from './_effects.ts'
import { storedOutbox } from './_stored-outbox.ts'

/** As in production. */
const holdSeconds = 10

for (const under of queueBackends()) {
  describe.skipIf(under.skip).concurrent(`a worker killed on ${under.name}`, () => {
    it('what it had in hand is done by others as soon as its hold has ended', {
      timeout: 30_000,
    }, async () => {
      const { performed, secondsLater } = await killAndWatch(under)
      expect(performed.map((it) => `${it.kind} ${it.outcome}`)).toEqual(['revoke_grant done'])
      expect(secondsLater).toBeGreaterThan(holdSeconds - 2)
      expect(secondsLater).toBeLessThan(holdSeconds + 3)
    })
  })
}

/** A child takes a revocation in hand and is killed; what does a worker of ours do about it? */
async function killAndWatch(under: QueueBackendUnderTest): Promise<Aftermath> {
  const fresh = await freshDatabase()
  const queue = await under.open(fresh.url)
  const stored = await storedOutbox(fresh.url)
  const child = fork(
    fileURLToPath(new URL('./_worker-process.ts', import.meta.url)),
    [
      JSON.stringify({
        databaseUrl: fresh.url,
        backend: queue.backend,
        timings: {},
      }),
    ],
    { execArgv: ['--import', 'tsx'] },
  )
  const says = (word: string) =>
    new Promise<void>((resolve, reject) => {
      child.on('message', (said) => String(said).startsWith(word) && resolve())
      child.once('exit', () => reject(new Error(`the child ended before it was ${word}`)))
    })
  const performed: Performed[] = []
  try {
    await says('ready')
    const took = says('took')
    await stored.commit([revoke()])
    await took
    child.kill('SIGKILL')
    const killedAt = performance.now()
    const jobs = startJobs({
      ...stored,
      backend: queue.backend,
      role: 'worker',
      effects: effectsThat((batch) => batch.map(async () => done('gone'))),
      log: silentLog,
      observer: { performed: (it) => performed.push(it) },
    })
    await vi.waitUntil(async () => (await stored.open()) === 0, { timeout: 25_000, interval: 100 })
    const secondsLater = (performance.now() - killedAt) / 1000
    await jobs.stop(2_000)
    return { performed, secondsLater }
  } finally {
    child.kill('SIGKILL')
    await stored.database.close()
    await queue.close()
    await fresh.drop()
  }
}

interface Aftermath {
  readonly performed: Performed[]
  /** From the kill until nothing was left to do. */
  readonly secondsLater: number
}
