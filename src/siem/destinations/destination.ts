import type { Json } from '../../domain/json.ts'
import type { StreamDestination, StreamRules } from '../../domain/record/stream-rules.ts'

/** An event as a destination gets it. */
export interface Formatted {
  /** The same each time that it is sent. */
  readonly id: string
  readonly position: number
  /** ISO time. */
  readonly at: string
  /** The audit action. */
  readonly action: string
  /** 1 to 5: see `Severity`. */
  readonly severity: number
  readonly body: { readonly [key: string]: Json }
}

export interface Sent<Kind extends StreamDestination['kind']> {
  readonly rules: StreamRules
  readonly to: Extract<StreamDestination, { kind: Kind }>
  readonly origin: string
  readonly events: readonly Formatted[]
  readonly now: Date
  /** Also ends after the timeout of the stream. */
  readonly signal: AbortSignal
}

/** Resolves when the destination has acknowledged all events. Throws `StreamError`. */
export type Send<Kind extends StreamDestination['kind']> = (sent: Sent<Kind>) => Promise<void>
