/** The cause that woke the runner. */
export type WokenBy = 'commit' | 'delayed_job' | 'free_slot' | 'sweep'

/** Wakes a loop that waits. */
export interface WakeSignal<Reason> {
  /** Ends the present wait, or the next one if there is none. */
  wake(reason: Reason): void
  /** Resolves with the reason of the first wake, or with `otherwise` after `milliseconds`. */
  wait(milliseconds: number, otherwise: Reason): Promise<Reason>
}

export function newWakeSignal<Reason>(): WakeSignal<Reason> {
  let pending: { reason: Reason } | null = null
  let end: (() => void) | null = null
  return {
    wake(reason) {
      pending ??= { reason }
      end?.()
    },
    async wait(milliseconds, otherwise) {
      if (!pending) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds)
          end = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      const reason = pending ? pending.reason : otherwise
      end = null
      pending = null
      return reason
    },
  }
}
