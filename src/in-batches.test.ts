import { expect, it } from 'vitest'
import { inBatches } from './in-batches.ts'

it('what comes at the same moment, or while a batch is under way, is worked on together', async () => {
  const batches: (readonly number[])[] = []
  const later: Promise<number>[] = []
  const double = inBatches<number, number>(async (items) => {
    batches.push(items)
    if (batches.length === 1) later.push(double(3), double(4))
    await Promise.resolve()
    return items.map((item) => item * 2)
  })
  expect(await Promise.all([double(1), double(2)])).toEqual([2, 4])
  expect(await Promise.all(later)).toEqual([6, 8])
  expect(batches).toEqual([
    [1, 2],
    [3, 4],
  ])
})

it('one that fails the batch fails alone', async () => {
  const work = inBatches(async (items: readonly number[]) => {
    if (items.includes(2)) throw new Error('two')
    return items
  })
  const [one, two, three] = await Promise.allSettled([work(1), work(2), work(3)])
  expect(one).toEqual({ status: 'fulfilled', value: 1 })
  expect(two).toMatchObject({ status: 'rejected', reason: { message: 'two' } })
  expect(three).toEqual({ status: 'fulfilled', value: 3 })
})

it('a batch that answers for some only is an error for the rest', async () => {
  const work = inBatches(async (items: readonly number[]) => items.slice(1))
  await expect(work(1)).rejects.toThrow('without some of its results')
})
