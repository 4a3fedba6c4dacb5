import { expect, it, vi } from 'vitest'
import type { Effect } from '../../src/domain/effect.ts'
import type { Performed } from '../../src/jobs/observer.ts'
import { performEntry } from '../../src/jobs/perform.ts'
import { done, type EffectOutcome, retry } from '../../src/usecases/effect-outcome.ts'
import { deliver, handlersOf, recordingLog, revoke } from './_handlers.ts'
import { memoryOutbox } from './_memory-outbox.ts'

const now = new Date('2026-03-01T12:00:00Z')

function world(handle: () => Promise<EffectOutcome>, holdSeconds = 30) {
  const outbox = memoryOutbox()
  const logged: { level: string; message: string }[] = []
  const performed: Performed[] = []
  const ports = {
    outbox,
    clock: { now: () => now },
    log: recordingLog(logged),
    observer: { performed: (it: Performed) => performed.push(it) },
    holdSeconds,
  }
  return { outbox, logged, performed, perform: (id: string) => performEntry(ports, handlersOf(handle), id) }
}

it('what is not due is left alone, quietly', async () => {
  const handle = vi.fn(async () => done('gone'))
  const { outbox, perform, logged } = world(handle)
  await perform(outbox.add(revoke(), new Date(now.getTime() + 1)))
  expect(handle).not.toHaveBeenCalled()
  expect(logged).toEqual([])
})

it.each([
  ['a revocation', revoke(), 60],
  ['a message', deliver(), 300],
] as [string, Effect, number][])(
  '%s that keeps failing is tried again within %s seconds',
  async (_, effect, cap) => {
    const { outbox, perform } = world(async () => {
      throw new Error('unreachable')
    })
    const id = outbox.add(effect, now)
    await perform(id)
    expect(outbox.row(id).entry.dueAt).toEqual(new Date(now.getTime() + 1_000))
    expect(outbox.row(id).error).toBe('unreachable')
    outbox.row(id).entry = { ...outbox.row(id).entry, dueAt: now, attempts: 40 }
    await perform(id)
    expect(outbox.row(id).entry.dueAt).toEqual(new Date(now.getTime() + cap * 1_000))
  },
)

it('a deed that ends after its hold still counts when it succeeded', async () => {
  let end: (outcome: EffectOutcome) => void = () => {}
  const { outbox, perform, performed } = world(() => new Promise((resolve) => (end = resolve)), 0.05)
  const id = outbox.add(revoke(), now)
  await perform(id)
  expect(performed.map((it) => it.outcome)).toEqual(['outlived'])
  expect(outbox.row(id).result).toBeNull()
  end(done('gone'))
  await vi.waitUntil(() => outbox.row(id).result === 'gone')
})

it('but not when it failed, since somebody else may hold it by then', async () => {
  let fail: (error: Error) => void = () => {}
  const { outbox, perform, logged } = world(() => new Promise((_, reject) => (fail = reject)), 0.05)
  const id = outbox.add(revoke(), now)
  await perform(id)
  const { heldUntil } = outbox.row(id)
  fail(new Error('unreachable'))
  await vi.waitUntil(() => logged.some((it) => it.message === 'an effect failed'))
  expect(outbox.row(id)).toMatchObject({ heldUntil, error: null })
})

it('a fault that an effect tells of is logged, with what to do', async () => {
  const fault = { message: 'a revocation failed', code: 'unreachable', problem: 'Mend it.', about: {} }
  const { outbox, perform, logged } = world(async () => retry(now, 'unreachable', fault))
  await perform(outbox.add(revoke(), now))
  expect(logged).toEqual([{ level: 'error', message: 'a revocation failed' }])
})
