import type { RecordEntry } from './record-log.ts'
import type { StreamRules } from './stream-rules.ts'

/** An entry whose event is there. */
export type StreamEntry = RecordEntry & { readonly event: NonNullable<RecordEntry['event']> }

/** Sends events to destinations. */
export interface StreamSender {
  /**
   * Resolves when the destination has acknowledged all entries. Throws `StreamError`: it may have taken some of them, so they are all
   * sent again. The same event has the same id each time.
   */
  send(rules: StreamRules, batch: StreamBatch, signal: AbortSignal): Promise<void>
}

export interface StreamBatch {
  /** The name of the log. */
  readonly origin: string
  readonly entries: readonly StreamEntry[]
  readonly now: Date
}

/** The destination did not take the events. The message holds no secret and no address. */
export class StreamError extends Error {
  override readonly name = 'StreamError'
}

/** How far a stream is. */
export interface StreamStanding {
  readonly id: string
  /** The next position to send. */
  readonly position: number
  /** How many events wait. */
  readonly backlog: number
  /** The time of the oldest event that waits. Null: none waits. */
  readonly oldestAt: Date | null
  readonly deliveredAt: Date | null
  readonly failingSince: Date | null
  readonly problem: string | null
}
