/**
 * A call to those who may decide a request that waits: to the owners again, to the substitutes, to the last resort, or the one that the
 * requester may make.
 */
export const approverCallKinds = ['owners', 'substitutes', 'last_resort', 'nudge'] as const

export interface ApproverCall {
  readonly requestId: string
  readonly kind: (typeof approverCallKinds)[number]
  /** The number of decisions before. 0 for calls that are made once. */
  readonly answers: number
  readonly at: Date
}
