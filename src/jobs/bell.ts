/** Wakes a loop that waits. */
export interface Bell {
  /** Ends the present wait, or the next one if nobody waits now. */
  ring(): void
  /** Resolves after `milliseconds`, or when rung. */
  wait(milliseconds: number): Promise<void>
}

export function newBell(): Bell {
  let rung = false
  let wake: (() => void) | null = null
  return {
    ring() {
      rung = true
      wake?.()
    },
    async wait(milliseconds) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      wake = null
      rung = false
    },
  }
}
