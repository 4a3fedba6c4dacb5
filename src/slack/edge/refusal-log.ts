import type { Logger } from 'pino'

const windowSeconds = 60

/**
 * Logs refused deliveries, at most one line a minute, because anybody can send many. The first is logged at once. The
 * refusals of the next minute are counted and logged in one line.
 */
export function createRefusalLog(logger: Logger): (why: string) => void {
  let timer: NodeJS.Timeout | undefined
  let counts: Record<string, number> = {}

  function startWindow(): void {
    timer = setTimeout(endWindow, windowSeconds * 1000)
    // The timer must not delay the end of the process.
    timer.unref()
  }

  function endWindow(): void {
    timer = undefined
    if (Object.keys(counts).length === 0) return
    logger.warn({ refused: counts, seconds: windowSeconds }, 'refused more deliveries to /slack/events')
    counts = {}
    startWindow()
  }

  return (why) => {
    if (timer) {
      counts[why] = (counts[why] ?? 0) + 1
      return
    }
    logger.warn({ why }, 'refused a delivery to /slack/events')
    startWindow()
  }
}
