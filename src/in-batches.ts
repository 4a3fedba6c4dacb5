/**
 * Works on items together: those that come in one turn of the event loop, or while a batch is under way, make the next
 * batch. A result for each, in their order. Where a batch fails, each of it is worked on by itself, so that one spoils
 * nothing for the others.
 */
export function inBatches<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = []
  let underWay = false
  const run = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await work(batch.map(({ item }) => item))
      if (results.length !== batch.length) throw new Error('a batch was left without some of its results')
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
    } catch (error) {
      const [only] = batch
      if (only && batch.length === 1) only.reject(error)
      else for (const each of batch) await run([each])
    }
  }
  const runAll = async () => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await run(batch)
    }
    underWay = false
  }
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (underWay) return
      underWay = true
      setImmediate(() => void runAll())
    })
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}
