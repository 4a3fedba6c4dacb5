/** Policy evaluations in one turn of the event loop: together about 3 ms. */
const evaluationsPerTurn = 25

let left = evaluationsPerTurn
const waiting: (() => void)[] = []

/**
 * Resolves when one more policy evaluation may run. All callers share one limit for each turn of the event loop, so that many
 * lists at once delay other work no longer than one list does.
 */
export async function evaluationSlot(): Promise<void> {
  if (left === 0) await nextTurn()
  left -= 1
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve)
    if (waiting.length === 1) setImmediate(releaseOne)
  })
}

function releaseOne(): void {
  left = evaluationsPerTurn
  waiting.shift()?.()
  if (waiting.length > 0) setImmediate(releaseOne)
}
