import { beforeEach, expect, it } from 'vitest'
import { createTtlCache, type TtlCache } from './ttl-cache.ts'

let now: number
let asked: string[]
let cache: TtlCache<string>
beforeEach(() => {
  now = 5_000
  asked = []
  cache = createTtlCache(
    async (id) => {
      asked.push(id)
      return `${id} ${asked.length}`
    },
    { monotonicMs: () => now, most: 2 },
  )
})

it('asks once for many callers at once, and again when the answer is older than the caller allows', async () => {
  expect(await Promise.all([cache.get('a', 60), cache.get('a', 60)])).toEqual(['a 1', 'a 1'])
  now += 60_000
  expect(await cache.get('a', 60)).toBe('a 1')
  now += 1
  expect(await cache.get('a', 61)).toBe('a 1')
  expect(await cache.get('a', 60)).toBe('a 2')
})

it('remembers no more than its size; what was used least lately goes first', async () => {
  await cache.get('a', 60)
  await cache.get('b', 60)
  await cache.get('a', 60)
  await cache.get('c', 60)
  expect(cache.peek('a', 60)).toEqual({ value: 'a 1', ageSeconds: 0 })
  expect(cache.peek('b', 60)).toBeNull()
})

it('does not remember what was forgotten while it was asked for', async () => {
  const asking = cache.get('a', 60)
  cache.forget('a')
  expect(await asking).toBe('a 1')
  expect(cache.peek('a', 60)).toBeNull()
})

it('remembers no failure', async () => {
  let fails = true
  const flaky = createTtlCache(async () => {
    if (fails) throw new Error('down')
    return 'up'
  })
  await expect(flaky.get('a', 60)).rejects.toThrow('down')
  fails = false
  expect(await flaky.get('a', 60)).toBe('up')
})
