import type { Failure } from '../../domain/grant.ts'

/** The outcome of an effect: done, or to be retried. `fault` goes to the log, because a person may have to act. */
export type EffectOutcome = {
  readonly fault?: Fault
  /** The target did not answer, so other operations there need not be tried now. */
  readonly unreachable?: Failure
} & (
  | { readonly kind: 'done'; readonly result: string }
  | { readonly kind: 'retry'; readonly at: Date; readonly error: string }
)

/** A problem that operators must find in the log. `problem` says what went wrong and what to do. */
export interface Fault {
  /** Equal for all faults of one kind. */
  readonly message: string
  readonly code: string
  readonly problem: string
  /** Ids of the things that it is about. No secrets. */
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

/** When to try again after this failure: after a pause that grows, and not before the target wants to be called again. */
export function attemptAgainAt({ at, notBefore }: Failure, attempts: number, capSeconds: number): Date {
  const paused = backoff(at, attempts, capSeconds)
  return notBefore && notBefore > paused ? notBefore : paused
}
