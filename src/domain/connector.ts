import type { EntitlementContent } from './entitlement-content.ts'
import type { Problem } from './problem.ts'

/** One lease at one target: all that a connector needs to give the access or to take it away. */
export interface AccessOrder<Content = EntitlementContent> {
  readonly grantId: string
  /** Such as `AR-1042`, for comments and names that people read at the target. */
  readonly reference: string
  readonly resourceId: string
  readonly entitlementId: string
  /** The approved content of the entitlement. */
  readonly content: Content
  readonly holder: {
    readonly displayName: string
    readonly userId: string
    /** The confirmed login in the target system, where the connector gives the access to an existing login. */
    readonly identity?: string
  }
  /** The end of the lease. The connector also sets the target's own expiry to it. */
  readonly until: Date
}

/**
 * How the end of an access is known. `real`: the target itself was read back. `contract`: its API said so. `attested`: a
 * person or a receiver said so, and nothing shows that it is true.
 */
export const proofs = ['real', 'contract', 'attested'] as const
export type Proof = (typeof proofs)[number]

/** The worth of a revocation at one resource. People read it before they ask and before they approve. */
export interface Assurance {
  readonly proof: Proof
  /** The target ends the access at the end of the lease by itself, also while Daypass is down. */
  readonly nativeExpiry: boolean
  /** Access that can outlive the revocation, as a sentence: "An open watch may go on for up to 1h." Null: nothing can. */
  readonly residual: string | null
}

/** The result of a read-back at the target. The audit log stores it, so it contains no secret. */
export interface Evidence {
  /** The time of the read-back, by the target's clock where it has one. */
  readonly readAt: Date
  /** One sentence for people. */
  readonly summary: string
  /** The state that the read-back found, as plain JSON. */
  readonly facts: Readonly<Record<string, string | number | boolean | null | readonly string[]>>
  /** Where it differs from the connector's assurance, the connector says so. Absent on records of earlier versions: `real`. */
  readonly proof?: Proof
  /** Access that may outlive this revocation. Absent: none. */
  readonly residualUntil?: {
    readonly at: Date
    /** The subject of a sentence for people: "AWS sessions opened before". */
    readonly what: string
  }
}

/** The data that the holder needs to connect. Shown once in a modal, never stored or logged. */
export interface Credentials {
  readonly fields: readonly { readonly label: string; readonly value: string }[]
  /** Lines to paste into a terminal. */
  readonly commands: readonly { readonly label: string; readonly text: string }[]
  readonly expiresAt: Date
}

/** Something at the target that Daypass made. */
export interface Holding {
  readonly grantId: string
  readonly detail: string
}

/** Whether a part of Daypass can do its work; if not, each problem with its remedy. */
export type Diagnosis =
  | { readonly ok: true; readonly summary: string }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** One kind of target system, bound to one resource. Every operation is idempotent: it may be repeated after a crash. */
export interface Connector<Content = EntitlementContent> {
  /** Gives the approved access to its holder. Resolves when a read-back shows it. Sets the target's own expiry where it has one. */
  grant(order: AccessOrder<Content>): Promise<Evidence>
  /**
   * Gives many accesses in fewer steps than one by one: an answer for each, in their order, with what `grant` would say. One
   * that fails fails alone. Absent where one by one is as good.
   */
  grantAll?(orders: readonly AccessOrder<Content>[]): readonly Promise<Evidence>[]
  /**
   * Takes the access away and ends live sessions. Resolves when a read-back shows that nobody can use it. Succeeds when the
   * access is already gone. Other sessions may prevent the removal of objects that give no access: the evidence names these,
   * and `maintain` removes them later. The content is null where this version of the connector cannot read the content that
   * an earlier version gave.
   */
  revoke(order: AccessOrder<Content | null>): Promise<Evidence>
  /**
   * Takes many away in fewer steps than one by one: an answer for each, in their order, as soon as it is known and with what
   * `revoke` would say. One that fails or resists fails alone, and delays the others by seconds at most. Absent where one by
   * one is as good.
   */
  revokeAll?(orders: readonly AccessOrder<Content | null>[]): readonly Promise<Evidence>[]
  /** Makes the data that the holder needs to connect. Secrets are made on demand and never stored. Absent: there is nothing to show. */
  issueCredentials?(order: AccessOrder<Content | null>): Promise<Credentials>
  /** Everything at the target that Daypass made. Absent: the target cannot list it. */
  list?(): AsyncIterable<Holding>
  check(): Promise<Diagnosis>
  /**
   * Every process that revokes calls this every few seconds. It keeps open the connections that a revocation needs. It removes
   * objects that earlier revocations could not remove after they had ended the access. Absent: there is nothing to do.
   */
  maintain?(): Promise<void>
  /** Ends idle connections to the target. */
  close(): Promise<void>
}

/** `unreachable` and `timeout` may pass by themselves. The other codes need a person. */
export type ConnectorErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'permission'
  | 'misconfigured'
  | 'conflict'
  | 'not_granted'
  | 'still_present'
  | 'not_in_catalog'
  | 'unexpected'

/** An operation at the target failed. `message` says what is wrong and what to do, without secrets. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError'
  readonly code: ConnectorErrorCode
  /** Whether the same operation may succeed later without anybody changing anything. */
  readonly retryable: boolean

  constructor(code: ConnectorErrorCode, message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.code = code
    this.retryable = options.retryable
  }
}
