import type { Failure } from '../../domain/grant.ts'

/** What became of an effect: done for good, or to be tried again. `fault` is for the log: somebody may have to see to it. */
export type EffectOutcome = {
  readonly fault?: Fault
  /** The target did not answer at all: others there need not be tried at the same time. */
  readonly unreachable?: Failure
} & (
  | { readonly kind: 'done'; readonly result: string }
  | { readonly kind: 'retry'; readonly at: Date; readonly error: string }
)

/** Something went wrong that operators must be able to find in the log. `problem` says what happened and what to do. */
export interface Fault {
  /** The same for all faults of one kind. */
  readonly message: string
  readonly code: string
  readonly problem: string
  /** What it is about: ids, no secrets. */
  readonly about: Readonly<Record<string, string | number | null>>
}

export function done(result: string, fault?: Fault): EffectOutcome {
  return { kind: 'done', result, ...(fault ? { fault } : {}) }
}

export function retry(at: Date, error: string, fault?: Fault): EffectOutcome {
  return { kind: 'retry', at, error, ...(fault ? { fault } : {}) }
}

/** `now` plus 1, 2, 4, ... seconds by the number of attempts, never more than `capSeconds`. */
export function backoff(now: Date, attempts: number, capSeconds: number): Date {
  const seconds = Math.min(capSeconds, 2 ** Math.min(Math.max(0, attempts - 1), 20))
  return new Date(now.getTime() + seconds * 1000)
}
