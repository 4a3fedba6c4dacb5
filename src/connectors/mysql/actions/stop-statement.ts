import type { Target } from '../target.ts'

/** What may stop the statements of a run. */
export interface Stopper {
  /** Why they were stopped. Null: they were not. */
  reason(): 'cancelled' | 'time' | null
  /** From here on nothing stops them. Resolves when no stop is under way any more, so that none hits the commit. */
  over(): Promise<void>
}

/** Stops the statement of a connection when `signal` aborts or its time is over, as the user of Daypass. */
export function stopper(target: Target, id: number, seconds: number, signal?: AbortSignal): Stopper {
  let reason: ReturnType<Stopper['reason']> = null
  let stopping: Promise<unknown> = Promise.resolve()
  const stop = (why: 'cancelled' | 'time') => {
    reason ??= why
    stopping = target.operation((session) => session.query(`kill query ${id}`)).catch(() => {})
  }
  const cancel = () => stop('cancelled')
  const timer = setTimeout(() => stop('time'), seconds * 1000)
  signal?.addEventListener('abort', cancel)
  return {
    reason: () => reason,
    over: async () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      await stopping
    },
  }
}
