import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { openBackend } from '../../src/jobs/backend.ts'
import { proveQueueBackend } from '../../src/jobs/check-backend.ts'
import { openDelayedJobs } from '../../src/jobs/delayed-jobs.ts'
import { performDue } from '../../src/jobs/perform-due.ts'
import { done, retry } from '../../src/usecases/_shared/effect-outcome.ts'
import { emptyDatabase, type FreshDatabase } from '../_database.ts'
import { type OpenQueueBackend, queueBackends } from '../_queue-backends.ts'
import { activate, deliver, effectsThat, revoke, silentLog } from './_effects.ts'
import { type JobsWorld, jobsWorld } from './_jobs-world.ts'
import { memoryOutbox } from './_memory-outbox.ts'

/** So far away that only a commit or a delayed job can have woken the runner. */
const noSweep = { sweepEveryMs: 3_600_000 }
const quickSweep = { sweepEveryMs: 300 }

for (const under of queueBackends()) {
  describe.skipIf(under.skip)(`jobs on ${under.name}`, () => {
    let database: FreshDatabase
    let queue: OpenQueueBackend
    const worlds: JobsWorld[] = []
    const world = (
      ...options: Parameters<typeof jobsWorld> extends [unknown, ...infer Rest] ? Rest : never
    ) => {
      const made = jobsWorld(queue.backend, ...options)
      worlds.push(made)
      return made
    }

    beforeAll(async () => {
      database = await emptyDatabase()
      queue = await under.open(database.url)
    })
    afterEach(async () => {
      await Promise.all(worlds.splice(0).map((it) => it.jobs.stop(2_000)))
    })
    afterAll(async () => {
      await queue?.close()
      await database?.drop()
    })

    it('what is due happens at once, on every queue', async () => {
      const { leave, settled, performancesOf, performed } = world({ timings: noSweep })
      const ids = [leave(revoke()), leave(activate()), leave(deliver())]
      await Promise.all(ids.map((id) => settled(id)))
      expect(ids.map((id) => performancesOf(id).length)).toEqual([1, 1, 1])
      expect(performed.map((it) => [it.by, it.outcome])).toEqual(Array(3).fill(['commit', 'done']))
    })

    it('messages of a commit wait for the activation that it orders, but not for long', async () => {
      let release = () => {}
      const asked = new Promise<void>((resolve) => {
        release = resolve
      })
      const happened: string[] = []
      const { outbox, jobs, leave, settled } = world({
        timings: noSweep,
        handle: async ({ effect }) => {
          const isQuick = effect.kind === 'activate_grant' && happened.length === 0
          if (isQuick) await new Promise((resolve) => setTimeout(resolve, 50))
          else if (effect.kind === 'activate_grant') await asked
          happened.push(effect.kind)
          return done('performed')
        },
      })
      const order = () => {
        const ids = [outbox.add(deliver(), new Date()), outbox.add(activate(), new Date())]
        jobs.wake()
        return ids as [string, string]
      }
      // Every runner has looked once, and waits.
      await settled(leave(deliver()))
      happened.length = 0
      await Promise.all(order().map((id) => settled(id)))
      expect(happened).toEqual(['activate_grant', 'deliver_message'])
      // The target hangs.
      const [message, activation] = order()
      await settled(message)
      expect(outbox.row(activation).result).toBeNull()
      release()
      await settled(activation)
    })

    it('what is due later happens then, and not before', async () => {
      const { leave, settled, performancesOf, outbox } = world({ timings: noSweep })
      await settled(leave(revoke()))
      const id = leave(revoke(), 700)
      const dueAt = outbox.row(id).entry.dueAt.getTime()
      await settled(id)
      const lateness = (performancesOf(id)[0]?.at ?? 0) - dueAt
      expect(lateness).toBeGreaterThanOrEqual(0)
      expect(lateness).toBeLessThan(1_000)
    })

    it('a delayed job that comes too early waits for the instant of the entry', async () => {
      const { leave, settled, performancesOf, outbox } = world({ timings: noSweep })
      await settled(leave(revoke()))
      const backend = openBackend(queue.backend)
      const queues = openDelayedJobs(
        backend,
        effectsThat(() => []),
        silentLog,
      )
      const id = outbox.add(revoke(), new Date(Date.now() + 600))
      const { entry } = outbox.row(id)
      // As a process would whose clock is an hour ahead.
      await queues.add([entry], new Date(Date.now() + 3_600_000))
      await settled(id)
      const lateness = (performancesOf(id)[0]?.at ?? 0) - entry.dueAt.getTime()
      expect(lateness).toBeGreaterThanOrEqual(0)
      expect(lateness).toBeLessThan(1_000)
      await backend.cut()
    })

    it('an entry handed over twice, or late, happens once', async () => {
      const { settled, performancesOf, outbox, jobs } = world({ timings: noSweep })
      const backend = openBackend(queue.backend)
      const delayed = openDelayedJobs(
        backend,
        effectsThat(() => []),
        silentLog,
      )
      const id = outbox.add(deliver(), new Date(Date.now() + 300))
      const { entry } = outbox.row(id)
      await delayed.add([entry], new Date())
      await delayed.add([entry], new Date())
      await settled(id)
      await delayed.add([entry], new Date())
      await backend.cut()
      // The canary comes behind, so the late job has been seen when it is back.
      expect((await jobs.health()).ok).toBe(true)
      expect(performancesOf(id)).toHaveLength(1)
    })

    it('what fails is tried again after a while, woken by a delayed job', async () => {
      let calls = 0
      const { leave, settled, performancesOf, logged, performed } = world({
        timings: noSweep,
        handle: async () => {
          calls += 1
          if (calls === 1) throw new Error('target unreachable')
          if (calls === 2) return retry(new Date(Date.now() + 100), 'not yet')
          return done('gone')
        },
      })
      const id = leave(revoke())
      await settled(id)
      const [first, second, third] = performancesOf(id)
      expect(performed.map((it) => `${it.by} ${it.outcome}`)).toEqual([
        'commit failed',
        'delayed_job retry',
        'delayed_job done',
      ])
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_000)
      expect(third?.entry.attempts).toBe(3)
      expect(logged.map((it) => it.message)).toContain('an effect failed')
    })

    it('a queue that was wiped loses nothing', async () => {
      const { leave, settled, performancesOf, performed, outbox } = world({ timings: quickSweep })
      await settled(leave(deliver()))
      const ids = Array.from({ length: 40 }, () => leave(revoke(), 800))
      await vi.waitUntil(() => ids.every((id) => outbox.row(id).scheduled))
      await queue.wipe()
      await Promise.all(ids.map((id) => settled(id)))
      expect(ids.every((id) => performancesOf(id).length === 1)).toBe(true)
      expect(performed.filter((it) => it.kind === 'revoke_grant')).toHaveLength(40)
      expect(Math.max(...performed.map((it) => it.latenessSeconds))).toBeLessThan(1.5)
      // And the clock goes on ticking afterwards.
      const after = leave(deliver(), 10)
      await settled(after)
      expect(performancesOf(after)).toHaveLength(1)
    })

    it('an effect that hangs is let go, and its queue goes on', async () => {
      let first: string | undefined
      const { leave, settled, performancesOf, logged } = world({
        timings: { ...quickSweep, holdSeconds: 1, operationSeconds: 1 },
        handle: (entry) => {
          first ??= entry.id
          return entry.id === first && entry.attempts === 1
            ? new Promise(() => {})
            : Promise.resolve(done('ok'))
        },
      })
      const hanging = leave(revoke())
      await vi.waitUntil(() => first !== undefined)
      const other = leave(revoke())
      await settled(other)
      await settled(hanging)
      expect(performancesOf(hanging)).toHaveLength(2)
      expect(logged.map((it) => it.message)).toContain(
        'an effect takes too long; its hold is released, and it may be repeated',
      )
    })

    it('a storm of messages does not hold up a revocation', async () => {
      const { leave, settled } = world({
        timings: noSweep,
        handle: async (entry) => {
          if (entry.effect.kind === 'deliver_message')
            await new Promise((resolve) => setTimeout(resolve, 100))
          return done('ok')
        },
      })
      const messages = Array.from({ length: 200 }, () => leave(deliver()))
      const revocation = leave(revoke())
      await settled(revocation)
      const { outbox } = worlds[0] as JobsWorld
      expect(messages.some((id) => outbox.row(id).result === null)).toBe(true)
    })

    it('while revocations are under way, messages go one at a time', async () => {
      let endRevocation = () => {}
      const messages = { underWay: 0, most: 0, mostWhileRevoking: 0, revoking: false }
      const { leave, settled, performances } = world({
        timings: noSweep,
        handle: async ({ effect }) => {
          if (effect.kind === 'revoke_grant') {
            messages.revoking = true
            await new Promise<void>((end) => {
              endRevocation = end
            })
            messages.revoking = false
            return done('gone')
          }
          messages.underWay += 1
          messages.most = Math.max(messages.most, messages.underWay)
          if (messages.revoking)
            messages.mostWhileRevoking = Math.max(messages.mostWhileRevoking, messages.underWay)
          await new Promise((resolve) => setTimeout(resolve, 20))
          messages.underWay -= 1
          return done('told')
        },
      })
      const revocation = leave(revoke())
      await vi.waitUntil(() => messages.revoking)
      const ids = Array.from({ length: 30 }, () => leave(deliver()))
      await vi.waitUntil(() => performances.length >= 6)
      endRevocation()
      await settled(revocation)
      await Promise.all(ids.map((id) => settled(id)))
      expect(messages.mostWhileRevoking).toBe(1)
      expect(messages.most).toBeGreaterThan(1)
    })

    it('performDue performs what is due and what follows from it, without workers', async () => {
      const outbox = memoryOutbox()
      const performed: string[] = []
      const effects = effectsThat((batch) =>
        batch.map(async ({ kind }) => {
          performed.push(kind)
          if (kind === 'activate_grant') outbox.add(deliver(), new Date())
          return done('ok')
        }),
      )
      outbox.add(activate(), new Date())
      const later = outbox.add(revoke(), new Date(Date.now() + 60_000))
      await performDue({ effects, outbox, clock: { now: () => new Date() }, log: silentLog })
      expect(performed).toEqual(['activate_grant', 'deliver_message'])
      expect(outbox.row(later).result).toBeNull()
    })

    it('the canary comes back where there are workers', async () => {
      const { jobs } = world({ timings: noSweep })
      expect(await jobs.health()).toMatchObject({
        ok: true,
        queues: { revoke: { ms: expect.any(Number) }, activate: {}, notify: {} },
        overdue: 0,
      })
    })

    it('the canary does not come back where there are none, and says so', async () => {
      const { jobs } = world({ role: 'web', timings: { healthTimeoutMs: 1_000 } })
      const health = await jobs.health()
      expect(health.ok).toBe(false)
      expect(health.queues.revoke).toMatchObject({ fault: expect.stringContaining('Is a worker running?') })
    })

    it('a backend proves itself with nobody at work', async () => {
      expect(await proveQueueBackend(queue.backend)).toBeGreaterThanOrEqual(90)
    })
  })
}
