import { withDeadline } from '../../deadline.ts'

/** Counts what is being done, so that a process that stops can wait for it. */
export interface InFlight {
  track<T>(work: Promise<T>): Promise<T>
  /** Resolves when nothing is under way, or after `limitMs`; says which. */
  idle(limitMs: number): Promise<boolean>
}

export function createInFlight(): InFlight {
  const under = new Set<Promise<unknown>>()
  return {
    async track(work) {
      under.add(work)
      try {
        return await work
      } finally {
        under.delete(work)
      }
    },
    async idle(limitMs) {
      await withDeadline('Work under way', limitMs, Promise.allSettled(under)).catch(() => {})
      return under.size === 0
    },
  }
}
