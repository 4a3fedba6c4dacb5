import type { EffectKind } from '../domain/effect.ts'

/** The part of a pino logger that is used here. */
export interface JobsLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** An effect was seen to. `outlived`: the deed had not ended when its hold did; somebody else may repeat it. */
export interface Performed {
  readonly kind: EffectKind
  readonly outcome: 'done' | 'retry' | 'failed' | 'outlived'
  readonly by: 'queue' | 'sweep'
  /** How long the deed took. */
  readonly seconds: number
  /** How long after its due instant it was taken up. */
  readonly latenessSeconds: number
}

/** For metrics. Must not throw. */
export interface JobsObserver {
  performed?(performed: Performed): void
  relayed?(count: number): void
}

/**
 * Lets a message through once in `everyMs`, by key: a queue that is down says so several times a second,
 * and nobody reads the thousandth line.
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
