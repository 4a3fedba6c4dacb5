import type { AuditAction } from '../audit-event.ts'
import type { VerifierKey } from './checkpoint.ts'
import type { LeafEvent } from './leaf.ts'
import type { KeptByHolds } from './legal-hold.ts'
import type { Hash, Range } from './merkle.ts'
import type { CheckpointPlace } from './rules.ts'
import type { SaidField } from './said-text.ts'

/** How far the record is. */
export interface RecordState {
  /** The name of the log in its checkpoints. */
  readonly origin: string
  readonly size: number
  readonly root: Hash
  /** The text of the verifier key that signs now. Null: nobody has signed yet. */
  readonly key: string | null
  /** Events up to this one were written before the record began, and got their positions later. */
  readonly beganAfterId: number
}

/** A signed checkpoint, and its size. */
export interface SignedCheckpoint {
  readonly size: number
  readonly note: string
  readonly signedAt: Date
}

/** One position of the record. */
export interface RecordEntry {
  readonly position: number
  /** Null: the event is gone. */
  readonly event: LeafEvent | null
  /** The hash that was stored when the event got its position. Null: it is not known. */
  readonly hash: Hash | null
}

/** The text behind a commitment. */
export interface SaidOpening {
  readonly commitment: string
  readonly field: SaidField
  /** Null: erased. */
  readonly opened: { readonly salt: string; readonly text: string } | null
}

/** Events of one request that retention removed by one rule. */
export interface RemovedOfRequest {
  readonly rule: string
  readonly count: number
}

/** What became of the events that a removal looked at. */
export interface RemovedPart {
  readonly removed: number
  readonly looked: number
  /** The id of the last event that it looked at. Null: it looked at none. */
  readonly last: number | null
  readonly kept: KeptByHolds
}

export type VerificationScope = 'new' | 'whole'

/** The record in the database. */
export interface RecordLog {
  /**
   * Gives positions to committed events that have none, in the order of their ids, and adds them to the tree. One process does
   * so at a time; for the others this is nothing to do. `late`: also events that were committed after later ones.
   * Resolves with the number of events.
   */
  sequence(options?: { late?: boolean; most?: number }): Promise<number>
  state(): Promise<RecordState>
  /** Hashes over ranges of the tree, of which each is the left or right part of a complete or last subtree. */
  hashesOf(ranges: readonly Range[]): Promise<Hash[]>
  /** The entries from this position on, in order. */
  entries(from: number): AsyncIterable<readonly RecordEntry[]>
  /** The position and the event of each event of a request, in order. */
  entriesOf(requestId: string): Promise<RecordEntry[]>
  /** How many events of the request with this reference retention removed, by its rules. */
  removalsOf(reference: string): Promise<RemovedOfRequest[]>
  /** The texts of a request, or of all. */
  openings(requestId: string | null): AsyncIterable<readonly SaidOpening[]>
  /** Faults of free texts: each is changed, or no event knows it. The first few. */
  textFaults(range: Range): Promise<{ readonly position: number | null; readonly what: string }[]>
  /** How many events are older than `before` and have no position. */
  countUnsequenced(before: Date): Promise<number>
  /** Checkpoints of trees of at least this size, the smallest first. */
  checkpoints(from: number): Promise<SignedCheckpoint[]>
  /** Null: there is none. */
  lastCheckpoint(): Promise<SignedCheckpoint | null>
  /** The first key of the record; an event says so. False: it has one. */
  adoptKey(key: string, at: Date): Promise<boolean>
  /** Lets another key sign from now on; an event says so. False: it is not `from` that signs now. */
  changeKey(change: { from: string; to: string; signature: string }, at: Date): Promise<boolean>
  /** The text of the key that signs checkpoints of this size. Null: nobody has signed yet. */
  keyAt(size: number): Promise<string | null>
  /** False: the record has this checkpoint, or another key signs now. */
  insertCheckpoint(checkpoint: SignedCheckpoint, key: string): Promise<boolean>
  /** The size to publish, and marks it as published. Null: nothing is new, or not yet due. */
  claimPublication(now: Date, everySeconds: number): Promise<number | null>
  /** From where to verify, if a verification is due now; it is taken by this call. Null: none is due. */
  claimVerification(
    now: Date,
    periods: Readonly<Record<VerificationScope, number>>,
  ): Promise<{ readonly scope: VerificationScope; readonly from: number } | null>
  /**
   * Looks at the next signed events of these actions from before that time, in the order of their ids, and removes those that no legal
   * hold covers. An event says so. Not those of grants that are not at their end. Rejects when the time is less than 90 days ago by the
   * database's own clock.
   */
  removeEvents(removal: {
    readonly rule: string
    readonly actions: readonly AuditAction[]
    readonly before: Date
    readonly at: Date
    readonly most: number
    /** The id after which it looks: that of the last event of the part before. */
    readonly after: number
  }): Promise<RemovedPart>
  /** Notes that everything up to this size was found sound. */
  noteVerified(size: number): Promise<void>
}

/** Signs checkpoints. Throws `StartupRefused` when its key cannot be used. */
export interface RecordSigner {
  /** Its public key, under the name of the log. */
  key(name: string): Promise<VerifierKey>
  /** The raw Ed25519 signature of this text. */
  sign(text: string): Promise<Buffer>
}

/** The last checkpoint that this process or this machine has signed, outside the database. */
export interface CheckpointMemory {
  last(): Promise<string | null>
  remember(note: string): Promise<void>
}

/** Puts checkpoints into places other than Slack. Rejects when the place does not take it. After a crash, a place may get one twice. */
export interface CheckpointPlaces {
  put(place: Exclude<CheckpointPlace, { kind: 'slack' }>, checkpoint: SignedCheckpoint): Promise<void>
}
