import type { WokenBy } from './wake-signal.ts'

/** The part of a pino logger that is used here. */
export interface JobsLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/**
 * An effect was performed. `outlived`: it took too long, so its hold was released, and another worker may repeat it.
 */
export interface Performed {
  readonly kind: string
  readonly outcome: 'done' | 'retry' | 'failed' | 'outlived'
  /** The signal that woke the runner before it took the effect. */
  readonly by: WokenBy
  /** How long it took. */
  readonly seconds: number
  /** How long after its due instant it was taken up. */
  readonly latenessSeconds: number
}

/** For metrics. Must not throw. */
export interface JobsObserver {
  performed?(performed: Performed): void
}

/**
 * Passes a message once in `everyMs` for each key. A queue that is down reports errors several times a second, and the
 * log needs one of them.
 */
export function seldom(everyMs = 30_000): (key: string, say: () => void) => void {
  const saidAt = new Map<string, number>()
  return (key, say) => {
    const now = performance.now()
    const last = saidAt.get(key)
    if (last !== undefined && now - last < everyMs) return
    if (saidAt.size > 100) saidAt.clear()
    saidAt.set(key, now)
    say()
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}
