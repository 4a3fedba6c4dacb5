import { withDeadline } from '../deadline.ts'
import { type JobsLog, messageOf, seldom } from './observer.ts'

export interface Repetition {
  readonly everyMs: number
  readonly log: JobsLog
  /** The log message when it fails; written once in 30 seconds at most. */
  readonly problem: string
  readonly work: () => Promise<unknown>
}

const deadlineMs = 30_000

/**
 * Runs `work` again and again, never twice at once. Returns a function that stops it. Does not keep the process alive.
 */
export function repeat({ everyMs, log, problem, work }: Repetition): () => void {
  const rarely = seldom()
  let busy = false
  const once = async () => {
    if (busy) return
    busy = true
    try {
      await withDeadline('Periodic work', deadlineMs, work())
    } catch (error) {
      rarely('problem', () => log.warn({ error: messageOf(error) }, problem))
    } finally {
      busy = false
    }
  }
  const timer = setInterval(once, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
