import type { RequestHistory } from './request-history.ts'

/** Beyond this number of endings within `digestSeconds`, the owners' channel gets one message about all. */
export const mostSeparateEndings = 10
/** A digest is posted so long after its first ending. Endings that come before it is posted join it. */
export const digestSeconds = 10

/** The endings that one message in an owners' channel tells. */
export interface EndingsDigest {
  readonly id: string
  readonly channelId: string
  /** The time of the first ending. */
  readonly openedAt: Date
  /** In the order of their references. */
  readonly endings: readonly RequestHistory[]
}
