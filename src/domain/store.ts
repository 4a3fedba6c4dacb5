import type { Account, SlackAccount } from './account.ts'
import type { Campaign, CampaignItem, CampaignView, NewItem } from './campaign.ts'
import type { Facts } from './connector.ts'
import type { ContractorRow, EngagementView } from './engagement-message.ts'
import type { EntitlementContent } from './entitlement-content.ts'
import type { Favourite } from './favourite.ts'
import type { GrantStatus } from './grant.ts'
import type { InsightFacts } from './insight/insight.ts'
import type { MessageKey } from './message.ts'
import type { MessageAddress } from './messenger.ts'
import type { AlertView } from './noticing/alert.ts'
import type { NoticingFacts } from './noticing/facts.ts'
import type { Passkey } from './passkey.ts'
import type { KnownPerson } from './person.ts'
import type { KeptByHolds, LegalHold } from './record/legal-hold.ts'
import type { StreamStanding } from './record/stream.ts'
import type { Reports } from './report.ts'
import type {
  AuditedHistory,
  AuditPage,
  AuditPlace,
  RequestHistory,
  RequestWithRequester,
} from './request-history.ts'
import type { StepUp } from './step-up.ts'
import type { Task, TaskDirection } from './task.ts'
import type { Transaction } from './transaction.ts'

/** The database. */
export interface Store {
  /** Commits all writes of the work or none. Work that a freeze of the same instant refuses is done once more, so it changes nothing outside `tx`. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  readonly people: {
    /** The persons of these accounts, at one moment. Stores accounts first that are new or have changed. */
    of(accounts: readonly SlackAccount[]): Promise<KnownPerson[]>
    /** An engagement with its contractor. Null: there is none with this id. */
    engagement(id: string): Promise<EngagementView | null>
    /** Open engagements, the first to end first. `sponsorPersonId` null: of all sponsors. */
    contractors(filter: ContractorFilter): Promise<{ rows: ContractorRow[]; total: number }>
    /** What the accounts of a person hold now, of all and of one resource, and how many requests they submitted in a time. */
    usage(
      personId: string,
      resourceId: string,
      submitted: { since: Date; until: Date },
    ): Promise<{ activeLeases: number; activeLeasesHere: number; requests: number }>
    /** Whether the one person approved a request of the other since then. */
    hasApproved(decided: { approver: string; requester: string; since: Date }): Promise<boolean>
    /** The person's confirmed login in the first of these systems that has one. */
    loginOf(personId: string, systems: readonly string[]): Promise<string | null>
  }
  /** The Home tabs that people have opened. */
  readonly homes: {
    /** This account opened its tab: it is out of date now, and published even if its content is the same. */
    opened(accountId: string, now: Date): Promise<void>
    /** Marks as out of date the tabs, opened after `openedSince`, of which the audit log tells something after `since`. */
    markConcerned(times: { since: Date; openedSince: Date; now: Date }): Promise<void>
    /** Takes the tab that is out of date for the longest time, or that of `accountId`. Null: there is none that is free. */
    hold(order: {
      openedSince: Date
      accountId: string | null
      now: Date
      holdSeconds: number
    }): Promise<HeldHome | null>
    /** Ends the hold. The tab is up to date, unless it was marked again meanwhile. */
    published(
      held: HeldHome,
      content: { resourceIds: readonly string[] | null; contentHash: string },
    ): Promise<void>
  }
  readonly interactions: {
    /** False: this Slack interaction was handled before (see threats: replay). Stored for at least ten minutes. */
    claim(key: string, now: Date): Promise<boolean>
  }
  /** Whether this message, or a copy of it, is at that address. */
  isPosted(key: MessageKey, at: MessageAddress): Promise<boolean>
  readonly histories: {
    byRequest(requestId: string): Promise<RequestHistory | null>
    /** The requests and who asked, in this order; unknown ids are left out. Costs much less than the histories. */
    requests(requestIds: readonly string[]): Promise<RequestWithRequester[]>
    /** In this order; unknown ids are left out. */
    byRequests(requestIds: readonly string[]): Promise<RequestHistory[]>
    byGrant(grantId: string): Promise<RequestHistory | null>
    byReference(reference: string): Promise<AuditedHistory | null>
    /** Newest first. The cost depends on the page, and not on the number of requests. */
    list(filter: HistoryFilter, place: AuditPlace, pageSize: number): Promise<AuditPage>
  }
  readonly preApprovals: {
    /**
     * The requests from which pre-approvals were made that nobody withdrew and whose time is not over. Of one
     * resource or of all, the newest first.
     */
    open(now: Date, resourceId: string | null, most: number): Promise<string[]>
    /** The same, of the person of one account, and the longest first. */
    openOf(
      account: { teamId: string; userId: string },
      resourceId: string | null,
      now: Date,
    ): Promise<string[]>
  }
  /** What this person wants to see first, the oldest first. */
  favouritesOf(personId: string): Promise<Favourite[]>
  /** The end of this account's absence, perhaps in the past. Null: never was away. */
  awayUntil(accountId: string): Promise<Date | null>
  /** The live grants of one resource, as they are now. */
  liveGrantsAt(resourceId: string): Promise<{ readonly id: string; readonly status: GrantStatus }[]>
  /** The live grants whose access is given to one of these logins at a resource, in the order of their ids. */
  leasesOfLogins(resourceId: string, logins: readonly string[]): Promise<LeaseOfLogin[]>
  readonly tasks: {
    find(grantId: string, direction: TaskDirection): Promise<Task | null>
    /** How many tasks of this resource wait for somebody. */
    countOpen(resourceId: string): Promise<number>
    /**
     * The requests of tasks that wait for one of these people and user groups, and are not about access of this person. The
     * oldest first.
     */
    openFor(
      asked: { readonly names: readonly string[]; readonly exceptPersonId: string },
      most: number,
    ): Promise<{
      readonly rows: readonly { readonly requestId: string; readonly direction: TaskDirection }[]
      readonly total: number
    }>
  }
  readonly activity: {
    /** Active leases of this resource at whose use nobody has looked since then. */
    toLookAt(resourceId: string, lookedBefore: Date, most: number): Promise<string[]>
    /** The last use that a look has shown. Null: none. */
    lastUsedAt(grantId: string): Promise<Date | null>
    /** Removes what was seen of leases that ended before then, except what legal holds cover. Resolves with their number. */
    remove(closedBefore: Date, most: number): Promise<number>
    /** Of how many leases that ended before then each legal hold keeps what was seen. */
    keptByHolds(closedBefore: Date): Promise<KeptByHolds>
  }
  readonly noticing: NoticingFacts & {
    /** The next position of the record to look at, and the last event that is too old to be noticed. */
    place(): Promise<{ readonly position: number; readonly beganAfterId: number }>
    /** The alert with this id, or those that stand in the digest with this id, in the order of their numbers. */
    alertsIn(messageId: string): Promise<AlertView[]>
  }
  /** What became of each entitlement since then. */
  insightFacts(since: Date): Promise<InsightFacts>
  readonly holds: {
    /** All of them: those that stand first, then the newest. */
    list(most: number): Promise<LegalHold[]>
    /** Whether anybody ever asked for something of this resource. */
    isKnownResource(resourceId: string): Promise<boolean>
  }
  readonly reports: Reports
  readonly campaigns: {
    byId(id: string, now: Date): Promise<CampaignView | null>
    byReference(reference: string, now: Date): Promise<CampaignView | null>
    /** The newest first. */
    list(most: number): Promise<Campaign[]>
    itemById(id: string, now: Date): Promise<CampaignItem | null>
    /** The newest of this review of the catalog. */
    latestOf(reviewId: string): Promise<Campaign | null>
    open(): Promise<Campaign[]>
    /** What live leases give to logins at this resource: `entitlement login`, in small letters. */
    givenAt(resourceId: string): Promise<ReadonlySet<string>>
    /** Whose these logins are, by login in small letters, where somebody confirmed it. */
    peopleOfLogins(
      systems: readonly string[],
      logins: readonly string[],
    ): Promise<ReadonlyMap<string, Pick<NewItem, 'who'> & { readonly accountId: string }>>
  }
  /** Null: there is no such link. */
  stepUpByToken(tokenHash: string): Promise<StepUp | null>
  /** The passkeys of a person that were not removed, the oldest first. */
  passkeysOf(personId: string): Promise<Passkey[]>
  /** How far these streams are. One that has not begun is left out. */
  streams(ids: readonly string[]): Promise<StreamStanding[]>
  /** Counts the problems that need a person. */
  faults(): Promise<Faults>
}

/** A lease of an existing login. */
export interface LeaseOfLogin {
  readonly login: string
  readonly grantId: string
  readonly status: GrantStatus
  readonly entitlementId: string
  readonly content: EntitlementContent
  readonly before?: Facts
}

/** A Home tab that this process publishes. */
export interface HeldHome {
  readonly account: Account
  readonly staleAt: Date
  /** Null: the person has just opened it. */
  readonly contentHash: string | null
}

export interface ContractorFilter {
  readonly sponsorPersonId: string | null
  readonly offset: number
  readonly limit: number
}

export interface Faults {
  /** Grants in `revocation_failed`: their access may still be open. */
  readonly failedRevocations: number
  /** Messages that Slack refused. */
  readonly undeliveredMessages: number
}

export interface HistoryFilter {
  /**
   * `live`: with a live grant, or a run that is not over. `scheduled`: with a grant that starts later. `failed`: with access that may still be open. `pending`: not decided. `review`: break-glass that
   * nobody has reviewed. `any`: all requests.
   */
  readonly scope: 'live' | 'scheduled' | 'failed' | 'pending' | 'review' | 'any'
  readonly requesterId: string | null
  /** The resources that the asker may see. Null: all, also resources that left the catalog. */
  readonly resourceIds: readonly string[] | null
  /** Resources that the asker may not see, where `resourceIds` is null. */
  readonly exceptResourceIds?: readonly string[]
  /** Only requests that were submitted, or whose access was open or whose run was not over, within the range. */
  readonly from: Date | null
  readonly to: Date | null
}
