import { expect, it } from 'vitest'
import { openDelayedJobs } from '../../src/jobs/delayed-jobs.ts'
import type { DelayedJobQueue, OpenBackend } from '../../src/jobs/queue-backend.ts'
import { deliver, effectsThat, revoke, silentLog } from './_effects.ts'

type Added = Parameters<DelayedJobQueue['addBulk']>[0]

/** A backend that stores what is added to each queue. */
function recordingBackend() {
  const added: Record<string, Added> = {}
  const backend: OpenBackend = {
    queue: async (name) => ({
      addBulk: async (jobs) => {
        added[name] = [...(added[name] ?? []), ...jobs]
      },
      getJob: async () => undefined,
      remove: async () => 0,
      close: async () => {},
    }),
    worker: async () => ({ close: async () => {} }),
    cut: async () => {},
  }
  return { backend, added }
}

const now = new Date('2026-03-01T12:00:00.000Z')
const entry = (effect: ReturnType<typeof revoke> | ReturnType<typeof deliver>, inMs: number) => ({
  id: crypto.randomUUID(),
  effect,
  target: null,
  dueAt: new Date(now.getTime() + inMs),
  attempts: 0,
})

it('effects that are due in the same moment share one job of their queue, which never comes too early', async () => {
  const { backend, added } = recordingBackend()
  const jobs = openDelayedJobs(
    backend,
    effectsThat(() => []),
    silentLog,
  )
  const entries = [
    ...Array.from({ length: 1_000 }, (_, index) => entry(revoke(), 60_000 + index)),
    entry(deliver(), 60_000),
  ]
  await jobs.add(entries, now)
  expect(added.revoke?.length).toBe(101)
  expect(added.notify?.length).toBe(1)
  const delays = (added.revoke ?? []).map(({ opts }) => opts.delay ?? 0).toSorted((a, b) => a - b)
  for (const { dueAt } of entries) {
    const dueIn = dueAt.getTime() - now.getTime()
    const next = delays.find((delay) => delay >= dueIn) ?? Number.NaN
    expect(next - dueIn).toBeLessThan(10)
  }
})

it('a job of the same moment has the same id, so that a second add changes nothing', async () => {
  const { backend, added } = recordingBackend()
  const jobs = openDelayedJobs(
    backend,
    effectsThat(() => []),
    silentLog,
  )
  await jobs.add([entry(revoke(), 1_001)], now)
  await jobs.add([entry(revoke(), 1_009)], new Date(now.getTime() + 500))
  expect(new Set((added.revoke ?? []).map(({ opts }) => opts.jobId)).size).toBe(1)
})
