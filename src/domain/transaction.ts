import type { Account, SlackAccount } from './account.ts'
import type { LeaseActivity } from './activity.ts'
import type { ApproverCall } from './approver-call.ts'
import type { AuditEvent } from './audit-event.ts'
import type { BreakGlassReview, ReviewOutcome } from './break-glass.ts'
import type { BundlePlace } from './bundle-place.ts'
import type { Campaign, CampaignItem, ItemDecision, NewCampaign, NewItem, ReviewScope } from './campaign.ts'
import type { Facts } from './connector.ts'
import type { Effect } from './effect.ts'
import type { EndingsDigest } from './endings-digest.ts'
import type { Engagement, Identity, NewEngagement } from './engagement.ts'
import type { EngagementMessageKey } from './engagement-message.ts'
import type { Favourite } from './favourite.ts'
import type { Freeze, Scope } from './freeze.ts'
import type { Grant } from './grant.ts'
import type { LeaseExtension } from './lease-extension.ts'
import type { MessageKey } from './message.ts'
import type { DeliveredMessage, MessageAddress, UndeliveredMessage } from './messenger.ts'
import type { Alert, AlertAnswer } from './noticing/alert.ts'
import type { AtMost } from './noticing/setting.ts'
import type { Panic, PanicCounts, PanicMessage, PanicProgress } from './panic.ts'
import type { NewPasskey, Passkey, PasskeyCode } from './passkey.ts'
import type { PreApproval, WithdrawnPreApproval } from './pre-approval.ts'
import type { LegalHold, NewLegalHold } from './record/legal-hold.ts'
import type { AccessRequest, AskedFor, Decision, PendingRequest, Reference, Terms } from './request.ts'
import type { Preview, Run, WaitingRun } from './run.ts'
import type { NewStepUp, StepUp, StepUpMethod } from './step-up.ts'
import type { Subject } from './subject.ts'
import type { OpenTask, Task, TaskDirection } from './task.ts'

/** A request that has no id and no reference yet. Postgres gives both. */
export type NewRequest = Omit<PendingRequest, 'id' | 'reference' | 'how'> & {
  /** One per Slack interaction: a second delivery of the same interaction finds the same request. */
  readonly submissionKey: string
}

export type NewPreApproval = Omit<PreApproval, 'id' | 'reference' | 'withdrawal'>

/** How often the account check asks Slack. */
export interface CheckPace {
  /** About the same account. */
  readonly everySeconds: number
  /** About any account. */
  readonly paceSeconds: number
}

/** The number of refusals of one account since a time. */
export interface RefusalCount {
  readonly since: Date
  readonly refused: number
}

/** What people call a grant and its holder. */
export interface GrantNames {
  readonly request: Pick<AccessRequest, 'reference'>
  readonly holder: Pick<Account, 'displayName' | 'userId'>
}

export interface JoinedDigest {
  readonly id: string
  readonly openedAt: Date
  readonly isNew: boolean
  /** The number of endings in it before. */
  readonly size: number
}

export type HeldDigest = Pick<EndingsDigest, 'channelId' | 'openedAt'> & {
  readonly requestIds: readonly string[]
  /** Another attempt began before, and no answer of Slack is stored. */
  readonly mayBePosted: boolean
}

/** Whose access, and to what. */
export type FrozenSubject = {
  /** Null: to anything. Then only freezes of the person and of all count. */
  readonly resourceId: string | null
} & ({ readonly accountId: string } | { readonly personId: string })

/** A message about a panic in the security channel. */
export interface PanicPost {
  /** Null: not known yet. */
  readonly at: MessageAddress | null
  /** Of the content that it has now. */
  readonly contentHash: string | null
}

/** A message about an access review. */
export interface CampaignPost {
  /** Null: it was not posted, or the answer of an earlier attempt was lost. */
  readonly at: MessageAddress | null
  readonly contentHash: string | null
  readonly page: number | null
}

/** The reads, locks and writes of one transaction. */
export interface Transaction {
  readonly accounts: {
    /**
     * Inserts the account, or updates it to the present state in Slack. Two accounts of one workspace with one confirmed address
     * become one person, for ever.
     */
    upsert(account: SlackAccount): Promise<Account>
    find(id: string): Promise<Account | null>
    findByUserId(teamId: string, userId: string): Promise<Account | null>
    /** Makes two persons one. Ends what one person cannot have (see `engagements`). */
    link(persons: { readonly into: string; readonly from: string; readonly at: Date }): Promise<void>
    /** All accounts of a person: first those of full members that are not deactivated. */
    ofPerson(personId: string): Promise<Account[]>
    /**
     * Takes the account whose last check is the oldest. Considers holders of live grants, requesters of pending requests, and
     * the sponsors of both, in this workspace. Null when each was checked within `everySeconds`, or when any worker took one within `paceSeconds`:
     * many workers together ask Slack no more often than one worker.
     */
    claimForCheck(teamId: string, now: Date, pace: CheckPace): Promise<Account | null>
  }
  readonly engagements: {
    /** Null: the person has an open engagement. */
    insert(engagement: NewEngagement): Promise<Engagement | null>
    /** Locks the row against others that lock it, until the transaction ends. */
    lock(id: string): Promise<Engagement | null>
    /** The person's open engagement, locked. Null: there is none. */
    lockOpenOf(personId: string): Promise<Engagement | null>
    save(engagement: Engagement): Promise<void>
    /** Ids of the open engagements of this sponsor. */
    openOfSponsor(personId: string): Promise<string[]>
  }
  readonly identities: {
    of(personId: string): Promise<Identity[]>
    /** Sets the person's login in this system. False: another person has this login. */
    confirm(identity: Identity): Promise<boolean>
    withdraw(personId: string, system: string): Promise<void>
    /** The confirmed login of this account's person in the first of these systems that has one. */
    loginOf(accountId: string, systems: readonly string[]): Promise<string | null>
  }
  readonly requests: {
    /** Null: this submission was stored before. */
    insert(request: NewRequest): Promise<PendingRequest | null>
    findBySubmissionKey(key: string): Promise<AccessRequest | null>
    /** Locks the row against others that lock it, until the transaction ends (`for no key update`). */
    lock(id: string): Promise<AccessRequest | null>
    /** Ids of this person's pending requests. */
    pendingOf(requesterId: string): Promise<string[]>
    /** Ids of the pending requests under this ticket. */
    pendingOfTicket(trackerId: string, key: string): Promise<string[]>
    /** Counts this account's requests since then. Other transactions that count for the same account wait for this one. */
    countSince(account: Pick<Account, 'teamId' | 'userId'>, since: Date): Promise<number>
    /**
     * Counts the leases by rule that the person of this account took after `since`, by any account. Other transactions that
     * count for the same person wait for this one.
     */
    countByRule(requesterId: string, since: Date): Promise<number>
    save(request: AccessRequest): Promise<void>
  }
  readonly decisions: {
    /** False: this person or this account decided this request before. */
    insert(decision: Decision): Promise<boolean>
    list(requestId: string): Promise<Decision[]>
  }
  readonly absences: {
    /** This person is away until then. A time that is not in the future: is back. */
    save(accountId: string, until: Date): Promise<void>
  }
  readonly favourites: {
    /** For the person of this account. `too_many`: it has the most that there may be. */
    add(accountId: string, favourite: Favourite, at: Date): Promise<'added' | 'known' | 'too_many'>
    remove(accountId: string, favourite: Favourite, at: Date): Promise<void>
  }
  readonly calls: {
    /** False: the same call was made before. */
    insert(call: ApproverCall): Promise<boolean>
  }
  readonly reviews: {
    /**
     * The request whose review is open, of the person of this account. Null: none. Other transactions that ask for the same
     * person wait for this one.
     */
    openOf(accountId: string): Promise<Reference | null>
    insert(review: Omit<BreakGlassReview, 'outcome'>, personId: string): Promise<void>
    lock(requestId: string): Promise<BreakGlassReview | null>
    close(requestId: string, outcome: ReviewOutcome): Promise<void>
  }
  readonly preApprovals: {
    /** Null: an open one was made from the same request. */
    insert(preApproval: NewPreApproval): Promise<PreApproval | null>
    /**
     * Those for the person of this account that nobody withdrew and whose time is not over, the longest first. Nobody withdraws
     * one of them before this transaction ends.
     */
    goodFor(
      account: Pick<Account, 'teamId' | 'userId'>,
      asked: Pick<AskedFor, 'resourceId' | 'entitlementId'>,
      now: Date,
    ): Promise<(PreApproval & { readonly terms: Terms })[]>
    lock(id: string): Promise<PreApproval | null>
    withdraw(id: string, withdrawal: NonNullable<PreApproval['withdrawal']>): Promise<void>
    /**
     * Withdraws all of a scope that are good now. Waits for those who use one of them: call it before the lock of the freezes, which
     * they need too.
     */
    withdrawAll(
      scope: Scope,
      withdrawal: NonNullable<PreApproval['withdrawal']>,
    ): Promise<readonly WithdrawnPreApproval[]>
  }
  /** Messages in owners' channels that each tell several leases that nobody was asked about. */
  readonly sharedNotices: {
    /** Adds the request to the newest notice of the channel, or begins one when that is full or too old. */
    join(
      requestId: string,
      options: { channelId: string; openedAfter: Date; most: number; now: Date },
    ): Promise<void>
    /** The notice that tells this request. Null: none. */
    of(requestId: string): Promise<string | null>
    /**
     * Sets the time of the next edit of the notice that tells this request. Null: an edit after `soonest` is ordered already, or
     * no notice tells it.
     */
    planEdit(requestId: string, times: { at: Date; soonest: Date }): Promise<string | null>
    /** In no particular order. */
    requestsOf(noticeId: string): Promise<string[]>
  }
  /** What people asked for together. */
  readonly bundles: {
    /** False: this submission stored one before. */
    insert(
      bundle: Pick<BundlePlace, 'id' | 'catalogId' | 'name'> & { submissionKey: string; requesterId: string },
    ): Promise<boolean>
    /** The request of `cardId` is added before the others of its card. */
    add(part: { bundleId: string; requestId: string; cardId: string }): Promise<void>
    /** The request whose card shows this one. Null: it is no part of a bundle. */
    cardOf(requestId: string): Promise<string | null>
    /** The ids of its requests, in the order of their references. Empty: this submission stored none. */
    requestsOf(submissionKey: string): Promise<string[]>
  }
  readonly grants: {
    insert(grant: Grant): Promise<void>
    lock(id: string): Promise<Grant | null>
    /** Those that are there, by id, and always locked in the same order. */
    lockAll(ids: readonly string[]): Promise<Grant[]>
    /** The references and holders of these grants, by grant. */
    namesOf(ids: readonly string[]): Promise<ReadonlyMap<string, GrantNames>>
    findByRequest(requestId: string): Promise<Grant | null>
    /** Ids of this person's grants that are live, or that start later. */
    openOf(holderId: string): Promise<string[]>
    /** The same of the grants whose requests name this ticket. */
    openOfTicket(trackerId: string, key: string): Promise<string[]>
    save(grant: Grant): Promise<void>
    /** The same for many, each once. */
    saveAll(grants: readonly Grant[]): Promise<void>
  }
  /** The grant comes first: lock it before a request that extends its lease. */
  readonly leaseExtensions: {
    /** The pending extensions of these leases, locked. */
    lockPending(grantIds: readonly string[]): Promise<PendingRequest[]>
    /** The extension of this lease that waits for a decision, or that is being carried out. Null: none. */
    underWayOf(grantId: string): Promise<Reference | null>
    /** Null: this extension is not approved, or is being carried out. */
    of(requestId: string): Promise<LeaseExtension | null>
    /** Before the grant is saved: Postgres lets a lease grow only together with it. */
    insert(extension: LeaseExtension): Promise<void>
  }
  /** The runs of approved actions. Each has the id of its request. */
  readonly runs: {
    insert(run: WaitingRun): Promise<void>
    lock(id: string): Promise<Run | null>
    /** Postgres refuses to begin a run twice, and beside a freeze. */
    save(run: Run): Promise<void>
    /** The process that executes it stops it, if it still can. */
    askCancel(id: string, at: Date): Promise<void>
    /** A sign of life of the process that executes it. True: somebody wants it to stop. */
    beat(id: string, at: Date): Promise<boolean>
    /** The target took it over. `found` is stored once. */
    goOn(id: string, at: Date, state: { progress: string | null; found: Facts }): Promise<void>
    /** Ids of runs of this scope that are not over and were not asked to stop, approved until then, in the order of their ids. */
    openIn(scope: Scope, approvedUntil: Date, most: number): Promise<string[]>
    /** Ids of this account's runs that are not over. */
    openOf(requesterId: string): Promise<string[]>
    addPreview(preview: Preview): Promise<void>
    /** Encrypted. */
    keepOutput(id: string, sealed: string): Promise<void>
    /** Null: there is none any more. */
    outputOf(id: string, now: Date): Promise<string | null>
    forgetOutput(id: string): Promise<void>
    /** The runs whose outputs are there although their time is over. */
    overdueOutputs(now: Date): Promise<string[]>
  }
  /** Postgres refuses a new grant, an activation, an extension and the beginning of a run in the scope of one that holds. */
  readonly freezes: {
    /**
     * Waits until no transaction is giving anything, and keeps others from it until this one ends. Take it before a row of a grant
     * or a request is locked.
     */
    lock(): Promise<void>
    /** The open ones of this scope: more than one only where two persons became one. One whose time is over may still be open. */
    openOf(scope: Scope): Promise<Freeze[]>
    find(id: string): Promise<Freeze | null>
    insert(freeze: Freeze): Promise<void>
    /** `byId` null: its time is over. */
    close(id: string, closed: { readonly at: Date; readonly byId: string | null }): Promise<void>
    /** The one that holds for this person or this resource, or for all: the one that ends last. */
    holding(about: FrozenSubject, now: Date): Promise<Freeze | null>
    /** The same for the holders and resources of grants, by grant. */
    holdingGrants(grantIds: readonly string[], now: Date): Promise<ReadonlyMap<string, Freeze>>
    /** All that hold, the newest first. */
    all(now: Date): Promise<Freeze[]>
  }
  readonly panics: {
    /** What is live and pending in this scope now. */
    count(scope: Scope): Promise<PanicCounts>
    insert(panic: Panic): Promise<void>
    lock(id: string): Promise<Panic | null>
    save(panic: Panic): Promise<void>
    /** Adds all that is live in its scope. The lock of freezes keeps others from giving more meanwhile. */
    collect(panic: Panic): Promise<void>
    /** Those whose revocation is not ordered yet, in the order of their ids. */
    grantsLeft(panicId: string, most: number): Promise<string[]>
    markOrdered(panicId: string, grantIds: readonly string[]): Promise<void>
    /** Requests of its scope that were pending at its time and still are, in the order of their ids. */
    requestsLeft(panic: Panic, most: number): Promise<string[]>
    addClosed(panicId: string, requestIds: readonly string[]): Promise<void>
    progress(panicId: string): Promise<PanicProgress>
    /** Those of these grants that an unfinished panic over more than `leases` leases takes back. Its message tells of them. */
    takenBack(grantIds: readonly string[], leases: number): Promise<ReadonlySet<string>>
    /** Where this message is. `at` null: it is being posted, or the answer of an earlier attempt was lost. Null: nothing was tried. */
    post(panicId: string, message: PanicMessage): Promise<PanicPost | null>
    /** Stores that it is being posted, or where it is. */
    savePost(
      panicId: string,
      message: PanicMessage,
      post: PanicPost & { readonly channelId: string },
    ): Promise<void>
  }
  readonly scheduledReports: {
    /** True: this report is due then, and nobody has ordered it. False: it was ordered, or it is new and begins with its next time. */
    claim(id: string, dueAt: Date): Promise<boolean>
  }
  /** Access reviews. The campaign comes before its items, and both before grants, pre-approvals and engagements. */
  readonly campaigns: {
    /** Null: the schedule started it before. */
    insert(campaign: NewCampaign): Promise<Campaign | null>
    lock(id: string): Promise<Campaign | null>
    save(campaign: Campaign): Promise<void>
    /** Leases, pre-approvals and engagements of this scope. */
    whatPeopleHave(scope: ReviewScope, now: Date): Promise<NewItem[]>
    addItems(
      campaignId: string,
      items: readonly (NewItem & Pick<CampaignItem, 'reviewers' | 'byLeads'>)[],
    ): Promise<void>
    items(campaignId: string, now: Date): Promise<CampaignItem[]>
    /** Lock the campaign first. */
    item(id: string, now: Date): Promise<CampaignItem | null>
    assign(itemId: string, to: Pick<CampaignItem, 'reviewers' | 'byLeads'>): Promise<void>
    /** Postgres refuses a second decision, and one about oneself. */
    decide(itemId: string, decision: ItemDecision): Promise<void>
    markOver(itemId: string, at: Date): Promise<void>
    /** Of standing access. */
    markGone(itemId: string, at: Date): Promise<void>
    /** Takes this message for `holdSeconds`. Null while another process holds it. `savePost` ends the hold. */
    claimPost(
      campaignId: string,
      message: string,
      now: Date,
      holdSeconds: number,
    ): Promise<CampaignPost | null>
    savePost(campaignId: string, message: string, post: Omit<CampaignPost, 'page'>): Promise<void>
    /** The page that the card of a reviewer shows. */
    turnTo(campaignId: string, message: string, page: number | null): Promise<void>
    /** The keys of the messages that were posted, or tried. */
    posted(campaignId: string): Promise<string[]>
  }
  readonly activity: {
    /** What is known of these leases, locked, by grant. `activity` null: it was removed. */
    lock(
      grantIds: readonly string[],
    ): Promise<ReadonlyMap<string, { readonly activity: LeaseActivity | null; readonly isClosed: boolean }>>
    /** Those that are closed do not change. Resolves with a salted hash of each that is closed now, by grant. */
    saveAll(activity: readonly SavedActivity[]): Promise<ReadonlyMap<string, string>>
  }
  readonly tasks: {
    /** Null: this grant has a task of this direction. */
    insert(task: OpenTask): Promise<Task | null>
    /** Null: there is none. */
    lock(grantId: string, direction: TaskDirection): Promise<Task | null>
    save(task: Task): Promise<void>
  }
  readonly outbox: {
    /** A `dueAt` that is not in the future means at once. */
    add(effect: Effect, dueAt: Date): Promise<void>
  }
  readonly messages: {
    /** The posted messages about these subjects. */
    list(subjects: readonly Subject[]): Promise<DeliveredMessage[]>
    /**
     * Takes this message for `holdSeconds`, so that it is posted once and an older state never overwrites a newer one.
     * False while another process holds it. `record` and `release` end the hold.
     */
    claim(message: MessageKey, now: Date, holdSeconds: number): Promise<boolean>
    release(message: MessageKey): Promise<void>
    /** Stores the place of a message. A second place of one message is stored as a copy. */
    record(message: MessageKey, at: MessageAddress): Promise<void>
    /** Removes the place of a message that was deleted in Slack, so that nothing edits it again. */
    forget(message: MessageKey, at: MessageAddress): Promise<void>
    /** Messages about these subjects that Slack refused. */
    listUndelivered(subjects: readonly Subject[]): Promise<UndeliveredMessage[]>
    /**
     * Records that a message could not be delivered. Resolves with `told`. It is true only if `mayTell`, and only for one of
     * the messages that fail in the same channel (direct messages: with the same code).
     */
    noteUndelivered(message: Omit<UndeliveredMessage, 'told'>, mayTell: boolean): Promise<boolean>
    /** Removes the record: the message was delivered, or nobody needs it. */
    clearUndelivered(message: MessageKey): Promise<void>
  }
  /** Messages in owners' channels that each tell many endings. */
  readonly digests: {
    /** Counts leases of these resources that are due to end, or ended after `since`. Counts no further than twice `most`. */
    countEndings(resourceIds: readonly string[], since: Date, now: Date, most: number): Promise<number>
    /** Adds endings to the channel's open digest, or to a new one. */
    add(channelId: string, grantIds: readonly string[], now: Date): Promise<JoinedDigest>
    /**
     * Closes the digest, so that no ending joins it any more, and takes it for `holdSeconds`. Null while another process holds
     * it, or when it is posted.
     */
    hold(id: string, now: Date, holdSeconds: number): Promise<HeldDigest | null>
    isPosted(id: string): Promise<boolean>
    release(id: string): Promise<void>
    /** Stores that the digest is posted. */
    record(id: string, at: MessageAddress): Promise<void>
  }
  readonly engagementMessages: {
    /** The posted messages about this engagement. */
    list(engagementId: string): Promise<(EngagementMessageKey & { readonly address: MessageAddress })[]>
    /** As `messages.claim`. */
    claim(message: EngagementMessageKey, now: Date, holdSeconds: number): Promise<boolean>
    release(message: EngagementMessageKey): Promise<void>
    /** Stores the present place of a message. */
    record(message: EngagementMessageKey, at: MessageAddress): Promise<void>
  }
  readonly interactions: {
    /** False: this was claimed before, by a transaction that committed. */
    claim(key: string, now: Date): Promise<boolean>
  }
  readonly refusals: {
    /** The present count of this account's refusals, locked until the transaction ends. */
    lock(accountId: string, now: Date): Promise<RefusalCount>
    save(accountId: string, count: RefusalCount): Promise<void>
    /** Whether the log has an event of this action by this actor since then, about the same. */
    isListed(event: AuditEvent, since: Date): Promise<boolean>
  }
  readonly alerts: {
    /** From now on nobody else raises an alert before this transaction ends. */
    lockRaising(): Promise<void>
    /** False: muted, or the rule has spoken about this subject often enough. */
    mayRaise(rule: string, subject: string, atMost: AtMost, now: Date): Promise<boolean>
    /** How many alerts have a message of their own and were raised after `since`. */
    countAlone(since: Date): Promise<number>
    /** The message of many alerts that was begun after `since` and has fewer than `most`. Null: there is none. */
    openDigest(since: Date, most: number): Promise<string | null>
    /** Null: this was noticed before. */
    insert(alert: NewAlert): Promise<Alert | null>
    lock(id: string): Promise<Alert | null>
    /** The alerts about these grants, locked in the order of their numbers. */
    lockOf(grantIds: readonly string[]): Promise<Alert[]>
    /** The messages with alerts about these requests. */
    messagesAbout(requestIds: readonly string[]): Promise<string[]>
    answer(id: string, state: 'acknowledged' | 'revoked', answer: AlertAnswer): Promise<void>
    /** The place of a message. The message has the id of its alert or of its digest. */
    post(messageId: string, channelId: string): Promise<AlertPost | null>
    savePost(messageId: string, channelId: string, post: AlertPost): Promise<void>
    /** Goes on from the next position of the record. False: another process did meanwhile. */
    moveOn(from: number, to: number): Promise<boolean>
  }
  readonly stepUps: {
    insert(stepUp: NewStepUp): Promise<StepUp>
    lock(id: string): Promise<StepUp | null>
    /** The window of Slack that holds the link. */
    shownIn(id: string, viewId: string): Promise<void>
    /** A sign-in began: it may take longer than the link. */
    extend(id: string, expiresAt: Date): Promise<void>
    /** Once. It forgets the intent, which may hold free text. */
    use(id: string, at: Date, method: StepUpMethod | null): Promise<void>
  }
  readonly passkeys: {
    /** Null: a passkey with this credential id is known. */
    insert(passkey: NewPasskey): Promise<Passkey | null>
    lock(id: string): Promise<Passkey | null>
    used(id: string, use: { readonly counter: number; readonly at: Date }): Promise<void>
    remove(id: string, at: Date): Promise<void>
  }
  readonly passkeyCodes: {
    insert(code: Omit<PasskeyCode, 'id' | 'usedAt'> & { readonly codeHash: string }): Promise<void>
    /** The code of this person that nobody has used and that has not expired. Null: there is none. */
    lock(personId: string, codeHash: string, now: Date): Promise<PasskeyCode | null>
    use(id: string, at: Date): Promise<void>
  }
  readonly recordFaults: {
    /** Notes that this was found. True: nobody has acknowledged it. */
    note(fault: string, at: Date): Promise<boolean>
    /** Acknowledges everything that was found until then. Resolves with the faults. */
    acknowledge(until: Date, byId: string, at: Date): Promise<string[]>
  }
  /** How far the streams of the record are. Each is sent by one process at a time, which holds it. */
  readonly streams: {
    /** False: it has a position. */
    begin(id: string, position: number): Promise<boolean>
    /** Null: another process holds it, or its next attempt is not due. */
    claim(
      id: string,
      by: { readonly holder: string; readonly now: Date; readonly until: Date },
    ): Promise<{ readonly position: number; readonly failures: number } | null>
    /** Everything before `position` was acknowledged. False: this process holds it no more. */
    advance(
      id: string,
      to: { readonly holder: string; readonly position: number; readonly now: Date; readonly until: Date },
    ): Promise<boolean>
    /** Ends the hold. Null: this process holds it no more. */
    fail(
      id: string,
      failure: {
        readonly holder: string
        readonly problem: string
        readonly now: Date
        readonly retryAt: Date
      },
    ): Promise<{ readonly failingSince: Date; readonly toldAt: Date | null } | null>
    release(id: string, holder: string): Promise<void>
    /** Security was told that it fails. */
    told(id: string, at: Date): Promise<void>
    /** True: security had been told that it fails. */
    untell(id: string): Promise<boolean>
  }
  readonly erasures: {
    insert(erasure: Omit<Erasure, 'id' | 'answer'>): Promise<string>
    /** Null: there is none. */
    lock(id: string): Promise<Erasure | null>
    answer(id: string, answer: { confirmed: boolean; byId: string; at: Date }): Promise<void>
    /** Erases the texts of a confirmed erasure. Resolves with their number, and the requests whose messages show them. */
    erase(id: string): Promise<{ texts: number; requestIds: readonly string[] }>
  }
  readonly holds: {
    insert(hold: NewLegalHold): Promise<LegalHold>
    /** By the number in `LH-3`. Null: there is none. */
    lock(number: number): Promise<LegalHold | null>
    askLift(id: string, by: { at: Date; byId: string }): Promise<void>
    declineLift(id: string): Promise<void>
    /** Rejects for one person alone: Postgres holds that two people lift a hold. */
    lift(id: string, by: { at: Date; byId: string }): Promise<void>
    /** The references of the holds that cover this request and all that belongs to it. */
    onRequest(requestId: string): Promise<string[]>
    /** The holds that keep something from an erasure. */
    keepingFrom(about: Erasure['about']): Promise<KeptFromErasure[]>
  }
  readonly audit: { append(event: AuditEvent): Promise<void> }
}

/** A hold that keeps texts from an erasure, and the requests (`AR-1042`) of which it keeps all. */
export interface KeptFromErasure {
  readonly reference: string
  readonly requests: readonly string[]
}

/** An alert that is raised. It is told once under its rule and `occurrence`. */
export type NewAlert = Pick<
  Alert,
  | 'rule'
  | 'headline'
  | 'evidence'
  | 'audience'
  | 'raisedAt'
  | 'digestId'
  | 'requestId'
  | 'grantId'
  | 'resourceId'
  | 'entitlementId'
> & {
  readonly occurrence: string
  readonly subject: string
  /** Accounts. The first two are named. */
  readonly about: readonly string[]
}

/** The message about an alert, or about many, in one channel. */
export interface AlertPost {
  /** The `ts` of the message. Null: not known yet. */
  readonly ts: string | null
  /** Of the content that it has now. */
  readonly contentHash: string | null
}

/** A question to erase the free texts of a request, or of a person by one of their accounts. */
export interface Erasure {
  readonly id: string
  readonly about:
    | { readonly kind: 'request'; readonly requestId: string }
    | { readonly kind: 'person'; readonly accountId: string }
  readonly askedAt: Date
  readonly askedById: string
  readonly answer: 'confirmed' | 'declined' | null
}

/** What is known of the use of one lease, to be stored. */
export interface SavedActivity {
  readonly grantId: string
  readonly activity: LeaseActivity
  /** The time of the last look, also of one that failed. */
  readonly lookedAt: Date
  /** The end of the lease. Null: more may come. */
  readonly closedAt: Date | null
}
