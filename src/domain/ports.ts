import type { Account, SlackAccount } from './account.ts'
import type { AuditEvent } from './audit-event.ts'
import type { Catalog } from './catalog.ts'
import type { Connector } from './connector.ts'
import type { Effect, OutboxEntry } from './effect.ts'
import type { Grant } from './grant.ts'
import type { MessageKey, MessagePurpose } from './message.ts'
import type { PolicyEngine } from './policy.ts'
import type { AccessRequest, Decision, PendingRequest } from './request.ts'
import type { AuditedHistory, AuditPage, RequestHistory } from './request-history.ts'
import type { Subject } from './subject.ts'

/** The only source of instants: the database's clock, never the machine's. */
export interface Clock {
  now(): Date
}

/** Names and facts of people, from Slack. All methods throw `DirectoryUnavailable`. */
export interface Directory {
  /** Null when Slack knows no such person. */
  account(userId: string, freshness: { maxAgeSeconds: number }): Promise<SlackAccount | null>
  /** User ids; null when there is no such user group. */
  groupMembers(groupId: string, freshness: { maxAgeSeconds: number }): Promise<ReadonlySet<string> | null>
}

/** Slack could not be asked: what depends on the answer must be refused. */
export class DirectoryUnavailable extends Error {
  override readonly name: string = 'DirectoryUnavailable'
}

/** Slack knows no account with that id, and a retry does not help. */
export class UnknownAccount extends DirectoryUnavailable {
  override readonly name = 'UnknownAccount'
  readonly userId: string
  constructor(userId: string) {
    super(`Slack knows no user ${userId}`)
    this.userId = userId
  }
}

/** The place of a message of ours. */
export interface MessageAddress {
  readonly channelId: string
  readonly ts: string
}
export type DeliveredMessage = MessageAddress & MessageKey

/** A message that Slack would not take. It is tried again while its request is not over. */
export interface UndeliveredMessage extends MessageKey {
  /** Null for direct messages. */
  readonly channelId: string | null
  /** Slack's own code where it gave one, such as `not_in_channel`. */
  readonly code: string
  /** The fault and its remedy. */
  readonly problem: string
  readonly since: Date
  /** Whether this request's message informs the security channel. One request speaks for its channel. */
  readonly told: boolean
}

/** Posts messages to people. Throws `MessengerError`. */
export interface Messenger {
  /** Posts the message, or edits it if `at` names its place. Resolves with its place. */
  deliver(message: OutgoingMessage, at: MessageAddress | null): Promise<MessageAddress>
}

export interface OutgoingMessage {
  readonly purpose: MessagePurpose
  readonly history: RequestHistory
  /** The card, for messages that belong in its thread. */
  readonly card: MessageAddress | null
  /** Channel of the owners or of security, from the catalog; direct messages find their own. */
  readonly channelId: string | null
  /** Messages of the same request that could not be delivered. */
  readonly undelivered: readonly UndeliveredMessage[]
  readonly now: Date
}

/** `retryAfterSeconds` if Slack sent it. Not `retryable`: a person must repair it (not in channel, missing scope). */
export class MessengerError extends Error {
  override readonly name = 'MessengerError'
  readonly code: string
  readonly retryable: boolean
  readonly retryAfterSeconds: number | null
  constructor(
    code: string,
    message: string,
    options: { retryable: boolean; retryAfterSeconds?: number | null; cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.retryable = options.retryable
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
  }
}

export interface Connectors {
  /** Throws `ConnectorError` (`not_in_catalog`) for a resource that the catalog does not name. */
  of(resourceId: string): Connector
}

/** A request before Postgres gave it its id and reference. */
export type NewRequest = Omit<PendingRequest, 'id' | 'reference'> & {
  /** One per Slack interaction: the same interaction delivered again finds the same request. */
  readonly submissionKey: string
}

/** How often Slack is asked about accounts, unprompted. */
export interface CheckPace {
  /** About the same account. */
  readonly everySeconds: number
  /** About any account. */
  readonly paceSeconds: number
}

/** How often an account was refused since an instant. */
export interface RefusalCount {
  readonly since: Date
  readonly refused: number
}

/** The reads, locks and writes of one transaction. */
export interface Transaction {
  readonly accounts: {
    /** Inserts, or updates what Slack now says. */
    upsert(account: SlackAccount): Promise<Account>
    find(id: string): Promise<Account | null>
    findByUserId(teamId: string, userId: string): Promise<Account | null>
    /**
     * Takes the account of this workspace whose last check in Slack is the oldest, among holders of live grants and
     * requesters of pending requests. Null if each was checked within `everySeconds`, or if any worker took one within
     * `paceSeconds`. So many workers together ask Slack as often as one.
     */
    claimForCheck(teamId: string, now: Date, pace: CheckPace): Promise<Account | null>
  }
  readonly requests: {
    /** Null when this submission was stored already. */
    insert(request: NewRequest): Promise<PendingRequest | null>
    findBySubmissionKey(key: string): Promise<AccessRequest | null>
    /** Locks the row against others that lock it, until the transaction ends (`for no key update`). */
    lock(id: string): Promise<AccessRequest | null>
    /** Ids of this person's pending requests. */
    pendingOf(requesterId: string): Promise<string[]>
    /** How many of this person's requests were submitted since then. Others of the same person wait for this transaction. */
    countSince(requesterId: string, since: Date): Promise<number>
    save(request: AccessRequest): Promise<void>
  }
  readonly decisions: {
    /** False when this person (or this account) has decided this request already. */
    insert(decision: Decision): Promise<boolean>
    list(requestId: string): Promise<Decision[]>
  }
  readonly grants: {
    insert(grant: Grant): Promise<void>
    lock(id: string): Promise<Grant | null>
    /** Those that are there, by id, and always locked in the same order. */
    lockAll(ids: readonly string[]): Promise<Grant[]>
    findByRequest(requestId: string): Promise<Grant | null>
    /** Ids of this person's grants that may still hold something at a target. */
    liveOf(holderId: string): Promise<string[]>
    save(grant: Grant): Promise<void>
    /** The same for many, each once. */
    saveAll(grants: readonly Grant[]): Promise<void>
  }
  readonly outbox: {
    /** `dueAt` in the past or now means at once. */
    add(effect: Effect, dueAt: Date): Promise<void>
  }
  readonly messages: {
    /** The places of the messages about these subjects. */
    list(subjects: readonly Subject[]): Promise<DeliveredMessage[]>
    /**
     * Takes this message for `holdSeconds`, so that it is posted once and no older state is written over a newer one.
     * False while another delivery holds it; `record` and `release` end the hold.
     */
    claim(message: MessageKey, now: Date, holdSeconds: number): Promise<boolean>
    release(message: MessageKey): Promise<void>
    /** Stores the place of a message. A second place of one message is stored as a copy. */
    record(message: MessageKey, at: MessageAddress): Promise<void>
    /** The message at this place is gone, and is not edited any more. */
    forget(message: MessageKey, at: MessageAddress): Promise<void>
    /** Messages about these subjects that Slack would not take. */
    listUndelivered(subjects: readonly Subject[]): Promise<UndeliveredMessage[]>
    /**
     * Notes that a message could not be delivered. Resolves with `told`: where `mayTell`, true for one message only among
     * those that fail in the same channel (direct messages: for the same code).
     */
    noteUndelivered(message: Omit<UndeliveredMessage, 'told'>, mayTell: boolean): Promise<boolean>
    /** The message was delivered later, or is not needed any more. */
    clearUndelivered(message: MessageKey): Promise<void>
  }
  readonly interactions: {
    /** False when this Slack interaction was handled before (see threats: replay). Stored for at least ten minutes. */
    claim(key: string, now: Date): Promise<boolean>
  }
  readonly refusals: {
    /** The recent count of this account's refusals, locked until the transaction ends. */
    lock(accountId: string, now: Date): Promise<RefusalCount>
    save(accountId: string, count: RefusalCount): Promise<void>
    /** Whether the log has an event of this action by this actor since then, about the same. */
    isListed(event: AuditEvent, since: Date): Promise<boolean>
  }
  readonly audit: { append(event: AuditEvent): Promise<void> }
}

/** Postgres. What a transaction did is there whole or not at all. */
export interface Store {
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  readonly histories: {
    byRequest(requestId: string): Promise<RequestHistory | null>
    /** In this order; unknown ids are left out. */
    byRequests(requestIds: readonly string[]): Promise<RequestHistory[]>
    byGrant(grantId: string): Promise<RequestHistory | null>
    byReference(reference: string): Promise<AuditedHistory | null>
    /** Newest first. Only rows of `resourceIds`; null means all. */
    list(filter: HistoryFilter, page: number, pageSize: number): Promise<AuditPage>
  }
  /** The present number of faults that a person must repair. */
  faults(): Promise<Faults>
}

export interface Faults {
  /** Grants in `revocation_failed`: their access may still be open. */
  readonly failedRevocations: number
  /** Messages that Slack would not take. */
  readonly undeliveredMessages: number
}

export interface HistoryFilter {
  /** `live`: the grants that may hold something now. `any`: all requests. */
  readonly scope: 'live' | 'any'
  readonly requesterId: string | null
  /** The resources that the asker may see; null means all, also ones the catalog no longer names. */
  readonly resourceIds: readonly string[] | null
  /** Resources that the asker may not see, where `resourceIds` is null. */
  readonly exceptResourceIds?: readonly string[]
  /** Requests whose submission or lease touches the range. */
  readonly from: Date | null
  readonly to: Date | null
}

/** Which taking of an entry: each counts as another attempt. */
export type TakenEntry = Pick<OutboxEntry, 'id' | 'attempts'>

/** Which entries to take. */
export interface TakeOrder {
  readonly kinds: readonly string[]
  readonly now: Date
  /** How long they are held. If a hold ends without renewal, others can take the entry: its worker counts as dead. */
  readonly holdSeconds: number
  readonly limit: number
  /** At most so many of one kind and target; null where effects work at no target. */
  readonly perTarget: number | null
  /** Targets at which nothing more is to be begun. */
  readonly except: readonly string[]
}

/** The outbox as the runner and the delayed jobs see it. All instants are the caller's `now`. */
export interface Outbox {
  /** Takes what is due and free, most overdue first. */
  takeDue(order: TakeOrder): Promise<OutboxEntry[]>
  /** Extends the holds on running entries. */
  renew(taken: readonly TakenEntry[], now: Date, holdSeconds: number): Promise<void>
  /**
   * Hands entries that are due later, and that no queue knows of yet, to `enqueue`, earliest first, and marks them when it
   * resolves. Resolves with how many; rejects, leaving them, when `enqueue` does.
   */
  schedule(now: Date, limit: number, enqueue: (entries: OutboxEntry[]) => Promise<void>): Promise<number>
  /** Only if no other worker has taken it since; that worker decides its outcome. */
  done(taken: TakenEntry, now: Date, result: string): Promise<void>
  /** Frees the entry to be taken again at `retryAt`; no queue knows of it yet. Only as it was taken. */
  retry(taken: TakenEntry, retryAt: Date, error: string): Promise<void>
  /** How many are overdue, and the oldest one's due instant: for metrics and readiness. */
  backlog(now: Date): Promise<{ overdue: number; oldestDueAt: Date | null }>
  /** Forgets entries done and interactions handled before then. */
  prune(before: Date): Promise<number>
}

/** Everything that use-cases reach the world through; each takes the few that it uses. */
export interface Ports {
  readonly store: Store
  readonly clock: Clock
  readonly catalog: Catalog
  readonly policy: PolicyEngine
  readonly directory: Directory
  readonly messenger: Messenger
  readonly connectors: Connectors
}
