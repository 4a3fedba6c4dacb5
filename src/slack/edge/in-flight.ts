import { withDeadline } from '../../deadline.ts'

/** Tracks unfinished work, so that a stopping process can wait for it. */
export interface InFlight {
  track<T>(work: Promise<T>): Promise<T>
  /** Resolves with true when no work is left, or with false after `limitMs`. */
  idle(limitMs: number): Promise<boolean>
}

export function createInFlight(): InFlight {
  const unfinished = new Set<Promise<unknown>>()
  return {
    async track(work) {
      unfinished.add(work)
      try {
        return await work
      } finally {
        unfinished.delete(work)
      }
    },
    async idle(limitMs) {
      await withDeadline('Unfinished work', limitMs, Promise.allSettled(unfinished)).catch(() => {})
      return unfinished.size === 0
    },
  }
}
