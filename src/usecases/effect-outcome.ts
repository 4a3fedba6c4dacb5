/** What became of an effect: done for good, or to be tried again. */
export type EffectOutcome =
  | { readonly kind: 'done'; readonly result: string }
  | { readonly kind: 'retry'; readonly at: Date; readonly error: string }

export function done(result: string): EffectOutcome {
  return { kind: 'done', result }
}

export function retry(at: Date, error: string): EffectOutcome {
  return { kind: 'retry', at, error }
}

/** `now` plus 1, 2, 4, ... seconds by the number of attempts, never more than `capSeconds`. */
export function backoff(now: Date, attempts: number, capSeconds: number): Date {
  const seconds = Math.min(capSeconds, 2 ** Math.min(Math.max(0, attempts - 1), 20))
  return new Date(now.getTime() + seconds * 1000)
}
