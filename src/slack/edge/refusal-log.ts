import type { Logger } from 'pino'

const windowSeconds = 60

/**
 * Logs refused deliveries, at most one line a minute: anybody may send them, as often as they like. The first is logged at
 * once, those of the following minute are counted.
 */
export function createRefusalLog(logger: Logger): (why: string) => void {
  let timer: NodeJS.Timeout | undefined
  let counts: Record<string, number> = {}

  function startWindow(): void {
    timer = setTimeout(endWindow, windowSeconds * 1000)
    // A process that stops does not wait for it.
    timer.unref()
  }

  function endWindow(): void {
    timer = undefined
    if (Object.keys(counts).length === 0) return
    logger.warn({ refused: counts, seconds: windowSeconds }, 'more deliveries to /slack/events were refused')
    counts = {}
    startWindow()
  }

  return (why) => {
    if (timer) {
      counts[why] = (counts[why] ?? 0) + 1
      return
    }
    logger.warn({ why }, 'a delivery to /slack/events was refused')
    startWindow()
  }
}
