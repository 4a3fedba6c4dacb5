import type { EntitlementContent } from './entitlement-content.ts'
import type { Problem } from './problem.ts'

/** One lease at one target: everything a connector needs to give it or to take it away. */
export interface AccessOrder<Content = EntitlementContent> {
  readonly grantId: string
  /** `AR-1042`, for comments and names that people read at the target. */
  readonly reference: string
  readonly resourceId: string
  readonly entitlementId: string
  /** The approved content. */
  readonly content: Content
  readonly holder: { readonly displayName: string; readonly userId: string }
  /** When the lease ends: the target's own expiry is set to it. */
  readonly until: Date
}

/** The result of a read-back at the target. The audit log stores it, so it holds no secret. */
export interface Evidence {
  /** When it was read, by the target's clock where it has one. */
  readonly readAt: Date
  /** One sentence for people. */
  readonly summary: string
  /** The seen state, as plain JSON. */
  readonly facts: Readonly<Record<string, string | number | boolean | null | readonly string[]>>
}

/** What the holder needs to connect. Shown once in a modal, never stored or logged. */
export interface Credentials {
  readonly fields: readonly { readonly label: string; readonly value: string }[]
  /** Lines to paste into a terminal. */
  readonly commands: readonly { readonly label: string; readonly text: string }[]
  readonly expiresAt: Date
}

/** Something Daypass-made that exists at the target. */
export interface Holding {
  readonly grantId: string
  readonly detail: string
}

/** Whether a connector can do its work, and what to do about each fault. */
export type Diagnosis =
  | { readonly ok: true; readonly summary: string }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** One kind of target system, bound to one resource. Every operation is idempotent: it may be repeated after a crash. */
export interface Connector<Content = EntitlementContent> {
  /** Gives what was approved to its holder; resolves once a read-back shows it present. Sets the target's own expiry where it has one. */
  grant(order: AccessOrder<Content>): Promise<Evidence>
  /**
   * Takes it away, ends live sessions; resolves once a read-back shows that nobody can use it any more. Succeeds when it is
   * already gone. What remains without giving access, because others keep it from being removed, is named in the evidence
   * and left to `maintain`. The content is null where this version of the connector no longer understands what an earlier
   * one gave.
   */
  revoke(order: AccessOrder<Content | null>): Promise<Evidence>
  /**
   * Takes many away in fewer steps than one by one: an answer for each, in their order, as soon as it is known and with what
   * `revoke` would say. One that fails or resists fails alone, and delays the others by seconds at most. Absent where one by
   * one is as good.
   */
  revokeAll?(orders: readonly AccessOrder<Content | null>[]): readonly Promise<Evidence>[]
  /** What the holder needs to connect. Secrets are made here, on demand, and never kept. Absent where there is nothing to show. */
  issueCredentials?(order: AccessOrder<Content | null>): Promise<Credentials>
  /** Everything Daypass-made that now exists at the target. Absent where the target cannot tell. */
  list?(): AsyncIterable<Holding>
  check(): Promise<Diagnosis>
  /**
   * Called every few seconds in each process that revokes: keeps open what a revocation needs, and removes what earlier
   * revocations had to leave behind after they had cut the access. Absent where there is nothing to do.
   */
  maintain?(): Promise<void>
  /** Ends idle connections to the target. */
  close(): Promise<void>
}

/** `unreachable`, `timeout`: ask again. The rest want a person. */
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

/** An operation at the target failed. `message` says what and what to do, without secrets. */
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
