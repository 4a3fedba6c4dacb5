import { withDeadline } from '../deadline.ts'
import { type JobsLog, messageOf, seldom } from './observer.ts'

export interface Repetition {
  readonly everyMs: number
  readonly log: JobsLog
  /** The log's words when it fails; said every half minute at the most. */
  readonly problem: string
  readonly work: () => Promise<unknown>
}

const deadlineMs = 30_000

/** Does something again and again, never twice at once. Returns how to stop it. Keeps no process alive. */
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
