import type { Spread } from './latencies.ts'

/** What the load generator is told. `bodies` are sent in this order, each once, signed on the way. */
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
  /** Of those, answered only when Slack was about to give up: the bot then acknowledges whatever is still being done. */
  readonly late: number
  /** What else was answered, and how often. */
  readonly others: Readonly<Record<string, number>>
  /** Of those acknowledged. */
  readonly latency: Spread
  readonly perSecond: number
  /** The longest that the generator itself was late in sending, in milliseconds. */
  readonly generatorLag: number
}
