import { afterEach, expect, it, vi } from 'vitest'
import { type Scheduler, startScheduler } from '../../src/jobs/scheduler.ts'
import { deliver, recordingLog } from './_effects.ts'
import { memoryOutbox } from './_memory-outbox.ts'

const clock = { now: () => new Date() }
const later = () => new Date(Date.now() + 60_000)
let scheduler: Scheduler
afterEach(() => scheduler.stop())

it('waking an idle scheduler hands over at once, however long its timer', async () => {
  const outbox = memoryOutbox()
  scheduler = startScheduler({
    outbox,
    clock,
    add: async () => {},
    log: recordingLog([]),
    everyMs: 3_600_000,
  })
  const id = outbox.add(deliver(), later())
  scheduler.wake()
  await vi.waitUntil(() => outbox.row(id).scheduled)
})

it('more than one batch is handed over without waiting', async () => {
  const outbox = memoryOutbox()
  const batches: number[] = []
  const add = async (entries: readonly unknown[]) => {
    batches.push(entries.length)
  }
  for (let n = 0; n < 450; n += 1) outbox.add(deliver(), later())
  scheduler = startScheduler({ outbox, clock, add, log: recordingLog([]), everyMs: 3_600_000 })
  await vi.waitUntil(() => batches.length === 3)
  expect(batches).toEqual([200, 200, 50])
})

it('a queue that fails is told of once, and once more when it is back', async () => {
  const outbox = memoryOutbox()
  const logged: { level: string; message: string }[] = []
  let tries = 0
  const add = async () => {
    tries += 1
    if (tries < 3) throw new Error('connection refused')
  }
  const id = outbox.add(deliver(), later())
  scheduler = startScheduler({ outbox, clock, add, log: recordingLog(logged), everyMs: 10 })
  await vi.waitUntil(() => !scheduler.answering())
  scheduler.wake()
  await vi.waitUntil(() => outbox.row(id).scheduled, 5_000)
  await vi.waitUntil(() => scheduler.answering())
  expect(logged.map((it) => it.level)).toEqual(['warn', 'info'])
})

it('stopping does not wait for a queue that hangs', async () => {
  const outbox = memoryOutbox()
  outbox.add(deliver(), later())
  const add = vi.fn(() => new Promise<void>(() => {}))
  scheduler = startScheduler({ outbox, clock, add, log: recordingLog([]), everyMs: 10 })
  await vi.waitUntil(() => add.mock.calls.length === 1)
  const startedAt = performance.now()
  await scheduler.stop()
  expect(performance.now() - startedAt).toBeLessThan(2_500)
})
