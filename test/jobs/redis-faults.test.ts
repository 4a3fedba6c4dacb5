import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkQueueBackend, judgeRedis } from '../../src/jobs/check-backend.ts'
import { type OwnRedis, ownRedisMissing, skipLoudly, startOwnRedis } from '../_redis.ts'
import { deliver, revoke } from './_effects.ts'
import { type JobsWorld, jobsWorld } from './_jobs-world.ts'

const skip = skipLoudly('Redis frozen, stopped and restarted', ownRedisMissing)
const quick = { sweepEveryMs: 300, scheduleEveryMs: 200 }

describe.skipIf(skip)('when Redis fails', () => {
  let redis: OwnRedis
  let worlds: JobsWorld[]
  const world = (...rest: Parameters<typeof jobsWorld> extends [unknown, ...infer Rest] ? Rest : never) => {
    const made = jobsWorld({ kind: 'redis', url: redis.url }, ...rest)
    worlds.push(made)
    return made
  }

  beforeEach(async () => {
    worlds = []
    redis = await startOwnRedis()
  })
  afterEach(async () => {
    redis.thaw()
    await Promise.all(worlds.map((it) => it.jobs.stop(1_000)))
    await redis.close()
  })

  const failures = [
    { how: 'frozen', fail: async () => redis.freeze(), mend: async () => redis.thaw() },
    { how: 'stopped', fail: () => redis.stop(), mend: () => redis.start() },
  ]
  it.each(failures)(
    'leases end on time while it is $how, and it is used again afterwards',
    async ({ fail, mend }) => {
      const { jobs, leave, settled, outbox, performed, logged, performancesOf } = world({ timings: quick })
      await settled(leave(deliver()))
      const before = leave(revoke(), 600)
      await vi.waitUntil(() => outbox.row(before).scheduled)
      await fail()

      const startedAt = performance.now()
      const during = leave(revoke(), 300)
      jobs.wake()
      expect(performance.now() - startedAt).toBeLessThan(20)

      await Promise.all([settled(before), settled(during)])
      const revocations = () => performed.filter((it) => it.kind === 'revoke_grant')
      expect(revocations()).toHaveLength(2)
      expect(revocations().map((it) => it.by)).not.toContain('delayed_job')
      expect(Math.max(...revocations().map((it) => it.latenessSeconds))).toBeLessThan(1)
      await vi.waitUntil(() => logged.some((it) => it.message.startsWith('the queue does not answer')), 5_000)

      await mend()
      await settled(leave(deliver()))
      leave(deliver(), 60_000)
      await vi.waitUntil(() => logged.some((it) => it.message === 'the queue answers again'), 8_000)
      expect(logged.filter((it) => it.message.startsWith('the queue does not answer'))).toHaveLength(1)
      const health = await jobs.health()
      expect(health.queues).toMatchObject({ revoke: { ms: expect.any(Number) } })
      // Jobs that came late, and adds that happened late, did nothing.
      expect([before, during].map((id) => performancesOf(id).length)).toEqual([1, 1])
    },
  )

  it('a process that starts without it does its work, and uses it once it is there', async () => {
    await redis.stop()
    const { leave, settled, performed, jobs } = world({ timings: quick })
    await settled(leave(revoke(), 300))
    expect(performed.map((it) => it.by)).toEqual(['sweep'])
    await redis.start()
    await vi.waitUntil(async () => (await jobs.health()).ok, { timeout: 10_000, interval: 100 })
  })

  it.each(['frozen', 'stopped'])('stopping takes no longer than it may while it is %s', async (how) => {
    const { jobs, leave, settled } = world({ timings: quick })
    await settled(leave(deliver()))
    if (how === 'frozen') redis.freeze()
    else await redis.stop()
    const startedAt = performance.now()
    await jobs.stop(1_000)
    expect(performance.now() - startedAt).toBeLessThan(3_500)
  })

  it('stopping waits for what is in hand', async () => {
    let ended = false
    const { jobs, leave, performances } = world({
      timings: quick,
      handle: async () => {
        await new Promise((resolve) => setTimeout(resolve, 400))
        ended = true
        return { kind: 'done', result: 'gone' }
      },
    })
    const id = leave(revoke())
    await vi.waitUntil(() => performances.length === 1)
    await jobs.stop(5_000)
    expect(ended).toBe(true)
    expect(worlds[0]?.outbox.row(id).result).toBe('gone')
  })

  it('health says that the queue does not answer, in time', async () => {
    const { jobs, leave, settled } = world({ timings: { ...quick, healthTimeoutMs: 500 } })
    await settled(leave(deliver()))
    redis.freeze()
    const startedAt = performance.now()
    expect((await jobs.health()).ok).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(1_500)
  })

  it('a Redis that evicts is refused before anything starts', async () => {
    const evicting = await startOwnRedis(['--maxmemory-policy', 'allkeys-lru'])
    const check = await checkQueueBackend({ kind: 'redis', url: evicting.url })
    await evicting.close()
    expect(check).toEqual({
      ok: false,
      unreachable: false,
      what: "Redis' maxmemory-policy is allkeys-lru: under memory pressure it would throw away the delayed jobs that end access.",
      remedy: expect.stringContaining('noeviction'),
    })
  })

  it('one that does not evict is accepted, also where CONFIG is forbidden', async () => {
    const managed = await startOwnRedis(['--rename-command', 'CONFIG', ''])
    expect(await checkQueueBackend({ kind: 'redis', url: managed.url })).toEqual({ ok: true })
    await managed.close()
    expect(await checkQueueBackend({ kind: 'redis', url: managed.url })).toMatchObject({
      ok: false,
      what: expect.stringContaining('ECONNREFUSED'),
      remedy: expect.stringContaining('REDIS_URL'),
    })
  })

  it('one that answers nothing is refused in time', async () => {
    redis.freeze()
    const startedAt = performance.now()
    expect(await checkQueueBackend({ kind: 'redis', url: redis.url })).toMatchObject({ ok: false })
    expect(performance.now() - startedAt).toBeLessThan(4_500)
  })

  it('one that is too old is refused', () => {
    const info = 'redis_version:6.0.16\r\nmaxmemory_policy:noeviction\r\n'
    expect(judgeRedis(info)).toMatchObject({ ok: false, what: expect.stringContaining('6.0.16') })
  })
})
