import type { Spread } from './latencies.ts'

/** An order to the load generator. It signs each body and sends it once, in this order. */
export interface LoadOrder {
  readonly url: string
  readonly signingSecret: string
  readonly bodies: readonly string[]
  readonly pace: Pace
}

/**
 * `open`: one request each `1 / perSecond` whatever became of the earlier ones, latency counted from the instant at which
 * it was to be sent, so that a server that stalls cannot hide it (coordinated omission). `closed`: so many connections,
 * each sending its next request when the last one is answered, until `seconds` are over or the bodies are.
 */
export type Pace =
  | { readonly kind: 'open'; readonly perSecond: number }
  | { readonly kind: 'closed'; readonly connections: number; readonly seconds: number }

export interface LoadReport {
  /** When sending began: milliseconds since 1970. */
  readonly startedAt: number
  readonly sent: number
  /** Answered with 200. */
  readonly acknowledged: number
  /** How many of these were answered only at 2.5 s, when the bot acknowledges although its work is not done yet. */
  readonly late: number
  /** Other answers, with how often each came. */
  readonly others: Readonly<Record<string, number>>
  /** Latency of the acknowledged requests. */
  readonly latency: Spread
  readonly perSecond: number
  /** The longest that the generator itself was late in sending, in milliseconds. */
  readonly generatorLag: number
}
