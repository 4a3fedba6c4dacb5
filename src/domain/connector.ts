import type { ActionValues } from './action.ts'
import type { ActivityLook } from './activity.ts'
import type { EntitlementContent } from './entitlement-content.ts'
import type { Problem } from './problem.ts'

/** What a connector found at the target, as plain JSON without secrets. */
export type Facts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

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
  /** The beginning of the lease. Absent: it was not given yet. */
  readonly since?: Date
  /**
   * The facts of the read-back that showed this access as given, such as an id of the target that outlives a change of the login.
   * Absent: no read-back is on record, as after a crash amid the grant.
   */
  readonly given?: Evidence['facts']
  /**
   * Other live leases of the same login at this resource. Only for access that is given to an existing login. Absent: none. The
   * target shows one access for all of them, so a connector takes away only that which none of them gives, and gives what they
   * give.
   */
  readonly alsoHeld?: readonly HeldLease<NonNullable<Content>>[]
  /** What `lookBefore` found. Absent: the connector does not look, or has given nothing to this login yet. */
  readonly before?: Facts
}

/** A live lease that gives access to the same login. */
export interface HeldLease<Content = EntitlementContent> {
  readonly grantId: string
  readonly entitlementId: string
  readonly content: Content
  readonly before?: Facts
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
  readonly facts: Facts
  /** Where it differs from the connector's assurance, the connector says so. Absent on records of earlier versions: `real`. */
  readonly proof?: Proof
  /** Access that may outlive this revocation. Absent: none. */
  readonly residualUntil?: {
    /** Null: nothing that Daypass knows of ends it. */
    readonly at: Date | null
    /** The subject of a sentence for people: "AWS sessions opened before". */
    readonly what: string
  }
  /**
   * At an end: access that the login has from elsewhere, which Daypass did not give and does not take away, as a sentence. Also
   * what the holder may have changed in favour of others. Absent: none that the target shows.
   */
  readonly remains?: string
}

/** The data that the holder needs to connect. Shown once in a modal, never stored or logged. */
export interface Credentials {
  readonly fields: readonly { readonly label: string; readonly value: string }[]
  /** Lines to paste into a terminal. */
  readonly commands: readonly { readonly label: string; readonly text: string }[]
  readonly expiresAt: Date
  /** False: the same each time, without a secret, such as an address. Absent: made anew. */
  readonly isSecret?: false
  /** The holder may ask once more, with an SSH public key of their own. Absent: they bring nothing. */
  readonly takesPublicKey?: boolean
}

/** What the holder brings to their credentials: an SSH public key, as `type data`. */
export interface Brought {
  readonly publicKey?: string
}

/** Something at the target that Daypass made. */
export interface Holding {
  readonly grantId: string
  readonly detail: string
}

/** That a login has what an entitlement of the resource gives, whoever gave it. */
export interface Membership {
  readonly login: string
  readonly entitlementId: string
  /** For people: "member of the team platform". */
  readonly detail: string
}

/** Who has what a resource offers, as far as its target lists it. */
export interface Memberships {
  readonly members: readonly Membership[]
  /** The entitlements of which the target does not tell all who have it. */
  readonly notListed: readonly string[]
}

/** Whether a part of Daypass can do its work; if not, each problem with its remedy. */
export type Diagnosis =
  | { readonly ok: true; readonly summary: string }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** One run of one action, exactly as it was approved. */
export interface RunOrder<Content = EntitlementContent> {
  readonly runId: string
  /** Such as `AR-1042`. */
  readonly reference: string
  readonly resourceId: string
  readonly actionId: string
  /** The approved content of the action. */
  readonly content: Content
  readonly values: ActionValues
  /** How many rows the preview touched. The run must touch as many. Null: there was no preview. */
  readonly previewedRows: number | null
  readonly requester: { readonly displayName: string; readonly userId: string }
}

/** What a run gave back. The use-case takes out what must not leave, before anybody else sees it. */
export type RunOutput = { readonly isCut: boolean } & (
  | {
      readonly kind: 'table'
      readonly columns: readonly string[]
      readonly rows: readonly (readonly (string | null)[])[]
    }
  | { readonly kind: 'text'; readonly text: string }
)

/**
 * What became of a run. `undone`: it is certain that it changed nothing and never will; `code` is for the audit log, `message` for
 * people, and may repeat what they typed. `unknown`: nobody can say. `under_way`: the target goes on with it; it is asked again later.
 */
export type RunResult =
  | {
      readonly kind: 'done'
      /** One sentence for people, without values. */
      readonly summary: string
      /** The rows that were read or changed. Null: there are none to count. */
      readonly rows: number | null
      readonly output: RunOutput | null
      /** It was done, and did not succeed, as `summary` says: a workflow that failed half way. */
      readonly wentWrong?: true
    }
  | { readonly kind: 'undone' | 'unknown'; readonly code: string; readonly message: string }
  | {
      readonly kind: 'under_way'
      /** How far it is, as a sentence for people without output: Slack keeps it. Absent: the target does not say. */
      readonly progress?: string
      /** What `settle` needs besides the mark. Stored once, from the first answer that says `under_way`. */
      readonly found?: Facts
    }

/** A run that can begin: the target is reached, and nothing was done yet. */
export interface ReadyRun {
  /** What `settle` needs to find the run again. Stored before `execute` is called. Plain JSON without secrets. */
  readonly mark: Facts
  /** Does it, once. After `signal`, it does not do it if it still can help it, and says `undone` with the code `cancelled`. */
  execute(signal: AbortSignal): Promise<RunResult>
  /** It will not be executed. */
  abandon(): Promise<void>
}

/** What would change. `problem`: it cannot be run like this; a sentence for people. */
export type RunPreview =
  | {
      readonly kind: 'preview'
      readonly rows: number
      /** The first of the rows, where the action names a query for it. */
      readonly before: RunOutput | null
      readonly after: RunOutput | null
    }
  | { readonly kind: 'problem'; readonly code: string; readonly message: string }

/** The actions of a connector. */
export interface Runs<Content = EntitlementContent> {
  /** Says what would change, and changes nothing. Null: this action has no preview. Throws `ConnectorError`. */
  preview?(order: RunOrder<Content>): Promise<RunPreview | null>
  /** Throws `ConnectorError` where nothing was done. It may then be tried again. */
  ready(order: RunOrder<Content>): Promise<ReadyRun>
  /**
   * The process that executed this run is gone, or the target took the run over. Says what became of it. A run that was not done, and
   * one that cannot go on without that process, is ended: `undone` only where it can never happen any more. One that goes on by itself is
   * `under_way`, and ended where `isToStop`: somebody wants it to stop. Throws `ConnectorError` where the target cannot be asked now.
   */
  settle(order: RunOrder<Content>, mark: Facts, isToStop: boolean): Promise<RunResult>
}

/** One kind of target system, bound to one resource. Every operation but a run is idempotent: it may be repeated after a crash. */
export interface Connector<
  Content = EntitlementContent,
  Action = Content extends EntitlementContent ? EntitlementContent : never,
> {
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
  /**
   * Makes the data that the holder needs to connect. Secrets are made on demand and never stored. Null, or no such function:
   * there is nothing to show. Only where credentials take a public key (`takesPublicKey`), holders bring one.
   */
  issueCredentials?(order: AccessOrder<Content | null>, brought?: Brought): Promise<Credentials | null>
  /**
   * For access that is given to an existing login: the access of this content that the login has already and that no lease in
   * `alsoHeld` gives, as a sentence: "octocat is a member of the team platform." Null: it has none. Asked before the first
   * attempt to grant. Where there is some, Daypass grants nothing, because it could not take it away at the end without taking
   * what it did not give.
   */
  standing?(order: AccessOrder<Content>): Promise<string | null>
  /**
   * What the connector must know later of the time before this lease, for access that is given to an existing login: the ids
   * behind names, which somebody may change meanwhile, and what the login had from elsewhere. Asked once, after `standing`. Each
   * later order of the lease carries it (`before`): it is stored before the target is changed.
   */
  lookBefore?(order: AccessOrder<Content>): Promise<Facts>
  /** Everything at the target that Daypass made. Absent: the target cannot list it. */
  list?(): AsyncIterable<Holding>
  /**
   * Who has now what the entitlements of this resource give, by the target's own lists, whoever gave it. Logins that Daypass made for
   * leases are left out. Access reviews ask it. Absent: the target cannot tell.
   */
  listMembers?(): Promise<Memberships>
  /** Whether the target shows this access now. For targets that cannot list: the comparison with live leases asks it. */
  isHeld?(order: AccessOrder<Content>): Promise<boolean>
  /**
   * How many seconds ago each of these accesses was used, as far as the target shows it now: an answer for each, in their order.
   * 0: it is in use. Null: no use is seen. A session that was opened and closed between two questions is not seen. Absent: the
   * target cannot tell.
   */
  lastUsed?(orders: readonly AccessOrder<Content | null>[]): Promise<readonly (number | null)[]>
  /**
   * What the target shows now of the use of these accesses: an answer for each, in their order. Asked while leases are active, and once
   * more before their end, for a second at most: it must hold up nothing, and a holder may have made it slow. It reads only. Texts hold
   * no literals and no secrets. Absent: the target cannot tell (`ConnectorSettings.cannotTell`).
   */
  activity?(orders: readonly AccessOrder<Content | null>[]): Promise<readonly ActivityLook[]>
  /** Absent: it has no actions. */
  readonly runs?: Runs<Action>
  check(): Promise<Diagnosis>
  /**
   * Every process that revokes calls this every few seconds. It keeps open the connections that a revocation needs. It removes
   * objects that earlier revocations could not remove after they had ended the access. Absent: there is nothing to do.
   */
  maintain?(): Promise<void>
  /** Ends idle connections to the target. */
  close(): Promise<void>
}

/** `unreachable`, `timeout` and `throttled` may pass by themselves. The other codes need a person. */
export type ConnectorErrorCode =
  /**
   * From `grant`, `standing` and `revoke`: all is well, and a person must do something first, such as accept an invitation.
   * Activation waits as long as a request may wait for a decision; a revocation waits for a while before it counts as failed
   * (`ConnectorSettings.escalateAfterSeconds`). People read `message`: one or two full sentences that say who must do what and,
   * where there is a page for it, its address. Retryable.
   */
  | 'awaiting_person'
  | 'unreachable'
  | 'timeout'
  /** The target answers, and asks for fewer calls. */
  | 'throttled'
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
  /** The target asked not to be called again before that, as by `Retry-After`. Null: it did not say. */
  readonly retryAfterSeconds: number | null

  constructor(
    code: ConnectorErrorCode,
    message: string,
    options: { retryable: boolean; retryAfterSeconds?: number | null; cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.retryable = options.retryable
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
  }
}
