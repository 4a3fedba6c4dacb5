/** A place outside the database that gets checkpoints, one after the other. */
export type CheckpointPlace =
  | { readonly kind: 'slack'; readonly channel: string }
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'webhook'
      readonly url: string
      /** Private and other special addresses that may be called all the same. */
      readonly allowAddresses: readonly string[]
    }
  | { readonly kind: 'git'; readonly repository: string }

/** How long events of some kinds are kept. */
export interface KeepRule {
  /** Actions, or their beginnings: `request.submitted`, `audit.*`, `*`. */
  readonly events: readonly string[]
  readonly keepSeconds: number
}

/** How the record is kept, by the catalog. */
export interface RecordRules {
  readonly publishEverySeconds: number
  readonly places: readonly CheckpointPlace[]
  readonly verifyEverySeconds: number
  readonly verifyWholeEverySeconds: number
  /** How long events are kept, the first rule that names an action decides. Others are kept for ever. Absent: all. */
  readonly keep?: readonly KeepRule[]
}
export const usualRecordRules: RecordRules = {
  publishEverySeconds: 900,
  places: [],
  verifyEverySeconds: 3_600,
  verifyWholeEverySeconds: 86_400,
}
