import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorError } from '../../../domain/connector.ts'
import type { Api, Target } from '../target.ts'

const everyMs = 1_000

/**
 * Looks each second, until `look` gives something, the time is over or `signal` aborts (null). What cannot be looked at for a while is
 * looked at later.
 */
export async function follow<T>(
  target: Target,
  seconds: number,
  signal: AbortSignal,
  look: (api: Api) => Promise<T | null>,
): Promise<T | null> {
  for (const until = performance.now() + seconds * 1000; !signal.aborted && performance.now() < until; ) {
    try {
      const found = await target.operation(look)
      if (found !== null) return found
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
    }
    await pause(everyMs, undefined, { signal }).catch(() => {})
  }
  return null
}
