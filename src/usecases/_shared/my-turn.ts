/** How many judgements one turn of the event loop holds: some 3 ms. */
const judgementsPerTurn = 25

let left = judgementsPerTurn
const waiting: (() => void)[] = []

/**
 * Resolves when one more judgement may be made. All who list share what one turn of the event loop holds, so that many at
 * once hold everything else up no longer than one alone.
 */
export async function myTurn(): Promise<void> {
  if (left === 0) await nextTurn()
  left -= 1
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve)
    if (waiting.length === 1) setImmediate(letOneGoOn)
  })
}

function letOneGoOn(): void {
  left = judgementsPerTurn
  waiting.shift()?.()
  if (waiting.length > 0) setImmediate(letOneGoOn)
}
