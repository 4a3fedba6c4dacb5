import { expect, it, vi } from 'vitest'
import type { Performed } from '../../src/jobs/observer.ts'
import { runGroup } from '../../src/jobs/run-group.ts'
import { done, type EffectOutcome, retry } from '../../src/usecases/_shared/effect-outcome.ts'
import { recordingLog, revoke } from './_effects.ts'
import { memoryOutbox } from './_memory-outbox.ts'

const now = new Date('2026-03-01T12:00:00Z')

function world(answers: () => Promise<EffectOutcome>[], operationSeconds = 30) {
  const outbox = memoryOutbox()
  const logged: { level: string; message: string }[] = []
  const performed: Performed[] = []
  const ports = {
    outbox,
    clock: { now: () => now },
    log: recordingLog(logged),
    observer: { performed: (it: Performed) => performed.push(it) },
    operationSeconds,
  }
  const effect = {
    kind: 'revoke_grant',
    queue: 'revoke' as const,
    longestBackoffSeconds: 60,
    run: answers,
  }
  return {
    outbox,
    logged,
    performed,
    async run(count = 1) {
      for (let n = 0; n < count; n += 1) outbox.add(revoke(), now)
      const order = { kinds: ['revoke_grant'], now, holdSeconds: 30, limit: 100, perTarget: null, except: [] }
      const entries = await outbox.takeDue(order)
      return {
        entries,
        found: await runGroup(ports, { effect, entries, context: { probing: false }, by: 'sweep' }),
      }
    },
  }
}

it('what keeps failing is tried again within the longest backoff of its kind', async () => {
  const { outbox, run } = world(() => [Promise.reject(new Error('unreachable'))])
  const { entries } = await run()
  const id = entries[0]?.id ?? ''
  expect(outbox.row(id)).toMatchObject({ error: 'unreachable' })
  expect(outbox.row(id).entry.dueAt).toEqual(new Date(now.getTime() + 1_000))
  outbox.row(id).entry = { ...outbox.row(id).entry, dueAt: now, attempts: 40 }
  await run(0)
  expect(outbox.row(id).entry.dueAt).toEqual(new Date(now.getTime() + 60_000))
})

it('each of a group is answered by itself: one that fails or hangs fails alone', async () => {
  const answers = [
    Promise.resolve(done('gone')),
    Promise.reject(new Error('broken')),
    new Promise<never>(() => {}),
    Promise.resolve(retry(now, 'not yet')),
  ]
  const { outbox, run, performed } = world(() => answers, 0.05)
  const { entries, found } = await run(4)
  expect(entries.map(({ id }) => [outbox.row(id).result, outbox.row(id).error])).toEqual([
    ['gone', null],
    [null, 'broken'],
    [null, null],
    [null, 'not yet'],
  ])
  expect(performed.map(({ outcome }) => outcome).toSorted()).toEqual(['done', 'failed', 'outlived', 'retry'])
  expect(found).toBe('answered')
})

it('effects of a group that end at the same moment are closed in one statement', async () => {
  const ends: ((outcome: EffectOutcome) => void)[] = []
  const { outbox, run } = world(() => Array.from({ length: 5 }, () => new Promise((end) => ends.push(end))))
  const closed: number[] = []
  const { done: close } = outbox
  outbox.done = (taken, at) => {
    closed.push(taken.length)
    return close(taken, at)
  }
  const running = run(5)
  await vi.waitUntil(() => ends.length === 5)
  for (const end of ends) end(done('gone'))
  const { entries } = await running
  expect(closed).toEqual([5])
  expect(entries.map(({ id }) => outbox.row(id).result)).toEqual(Array(5).fill('gone'))
})

it('a database that hangs while a group is closed stops no later group', async () => {
  const { outbox, run, performed } = world(() => Array.from({ length: 3 }, async () => done('gone')), 0.05)
  const { done: close } = outbox
  outbox.done = () => new Promise(() => {})
  await run(3)
  outbox.done = close
  const { entries } = await run(3)
  expect(entries.map(({ id }) => outbox.row(id).result)).toEqual(Array(3).fill('gone'))
  expect(performed.map(({ outcome }) => outcome)).toEqual([
    ...Array(3).fill('outlived'),
    ...Array(3).fill('done'),
  ])
})

it('that a target did not answer is told when none of the group was answered', async () => {
  const failure = { code: 'unreachable', message: 'away', at: now }
  const { run } = world(() => [Promise.resolve({ ...retry(now, 'away'), unreachable: failure })])
  expect((await run()).found).toBe('unreachable')
})

it('one that ends after it was let go still counts when it succeeded', async () => {
  let end: (outcome: EffectOutcome) => void = () => {}
  const { outbox, run, performed } = world(() => [new Promise((resolve) => (end = resolve))], 0.05)
  const { entries } = await run()
  const id = entries[0]?.id ?? ''
  expect(performed.map((it) => it.outcome)).toEqual(['outlived'])
  expect(outbox.row(id).result).toBeNull()
  end(done('gone'))
  await vi.waitUntil(() => outbox.row(id).result === 'gone')
})

it('but not when it failed, since somebody else may hold it by then', async () => {
  let fail: (error: Error) => void = () => {}
  const { outbox, run, logged } = world(() => [new Promise((_, reject) => (fail = reject))], 0.05)
  const { entries } = await run()
  const id = entries[0]?.id ?? ''
  const { heldUntil } = outbox.row(id)
  fail(new Error('unreachable'))
  await vi.waitUntil(() => logged.some((it) => it.message === 'an effect failed'))
  expect(outbox.row(id)).toMatchObject({ heldUntil, error: null })
})

it('a fault that an effect tells of is logged', async () => {
  const fault = { message: 'a revocation failed', code: 'unreachable', problem: 'Mend it.', about: {} }
  const { run, logged } = world(() => [Promise.resolve(retry(now, 'unreachable', fault))])
  await run()
  expect(logged).toEqual([{ level: 'error', message: 'a revocation failed' }])
})
