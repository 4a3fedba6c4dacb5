/** Lets `count` in at once; `done` lets the next one in. */
export function takeTurns(count: number) {
  const waiting: (() => void)[] = []
  let free = count
  const done = () => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
  return async <T>(enter: (done: () => void) => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await enter(done)
    } catch (error) {
      done()
      throw error
    }
  }
}
