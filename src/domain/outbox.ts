import type { OutboxEntry } from './effect.ts'

/** An entry and the attempt for which it was taken. Each time a worker takes an entry is another attempt. */
export type TakenEntry = Pick<OutboxEntry, 'id' | 'attempts'>

/** Selects the entries to take. */
export interface TakeOrder {
  readonly kinds: readonly string[]
  readonly now: Date
  /** Length of the hold. After it, unless renewed, others can take the entries: the worker is presumed dead. */
  readonly holdSeconds: number
  readonly limit: number
  /** The most entries of one kind and target. Null: the effects work at no target. */
  readonly perTarget: number | null
  /** Targets whose entries are not taken. */
  readonly except: readonly string[]
}

/** The outbox for the runner and the delayed jobs. All times come from the caller. */
export interface Outbox {
  /** Takes entries that are due and not held, the most overdue first. */
  takeDue(order: TakeOrder): Promise<OutboxEntry[]>
  /** Extends the hold on entries that are still being performed. */
  renew(taken: readonly TakenEntry[], now: Date, holdSeconds: number): Promise<void>
  /**
   * Passes entries that are due later and in no queue yet to `enqueue`, earliest first. Marks them when `enqueue` resolves,
   * and resolves with their number. Rejects when `enqueue` rejects, and the entries stay unmarked.
   */
  schedule(now: Date, limit: number, enqueue: (entries: OutboxEntry[]) => Promise<void>): Promise<number>
  /** Closes these entries, but only those that no other worker has taken since. */
  done(taken: readonly (TakenEntry & { readonly result: string })[], now: Date): Promise<void>
  /** Releases the entry until `retryAt`, to be scheduled again, but only if no other worker has taken it since. */
  retry(taken: TakenEntry, retryAt: Date, error: string): Promise<void>
  /** The number of overdue entries and the due time of the oldest, for metrics and readiness. */
  backlog(now: Date): Promise<{ overdue: number; oldestDueAt: Date | null }>
  /** Deletes entries that were done, interactions that were handled, and links that nobody used, before then. */
  prune(before: Date): Promise<number>
}
