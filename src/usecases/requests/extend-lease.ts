import { isDeepStrictEqual } from 'node:util'
import { subHours } from 'date-fns/subHours'
import { actorOf, daypass } from '../../domain/audit-event.ts'
import { type Entitlement, findEntitlement } from '../../domain/catalog.ts'
import type { Freeze } from '../../domain/freeze.ts'
import { freshHistory } from '../../domain/fresh-history.ts'
import type { ActiveGrant } from '../../domain/grant.ts'
import { type ExtendedLease, isUnderWay } from '../../domain/lease-extension.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { PendingRequest, Reference } from '../../domain/request.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { Intent, Proof } from '../../domain/step-up.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { askOwners } from '../_shared/ask-owners.ts'
import { assessRequest, type Permitted } from '../_shared/assess-request.ts'
import { ofRequest, saidInRequest } from '../_shared/audit-events.ts'
import { ticketDetails } from '../_shared/check-ticket.ts'
import { approveRequest } from '../_shared/close-request.ts'
import { draftRequest } from '../_shared/draft-request.ts'
import type { FieldProblem } from '../_shared/field-problem.ts'
import { frozenDetails, frozenFor } from '../_shared/frozen.ts'
import { type AccountKey, freshEnoughToShow, identify } from '../_shared/person.ts'
import { type NeedsProof, needsProof, proofDetails, useProof, verifiedBy } from '../_shared/proofs.ts'
import { longestMoreTime } from '../_shared/read-more-time.ts'
import type { LongestTime, TypedTerms } from '../_shared/read-terms.ts'
import { recordRefusedAsk } from '../_shared/record-refused-ask.ts'
import { recordOwnRefusal, refuseOther } from '../_shared/refuse-other.ts'
import { approvedByRule } from '../_shared/without-asking.ts'

/** A request for more time, as the holder typed it. A null duration: the default of the entitlement, or what is left. */
export interface ExtensionAsk extends TypedTerms {
  readonly by: AccountKey
  /** The request that the lease came of. */
  readonly requestId: string
  /** One per Slack interaction. */
  readonly submissionKey: string
  readonly proof?: Proof | undefined
}

/**
 * Why the lease cannot be extended. `over`: it is not active. `under_way`: an extension waits for a decision, or is being carried
 * out. `no_longer_offered`: the catalog offers other access now, or none. Histories are of the lease.
 */
export type NotExtendable =
  | { readonly kind: 'over' | 'break_glass' | 'no_longer_offered'; readonly history: RequestHistory }
  | { readonly kind: 'under_way'; readonly reference: Reference }
  | { readonly kind: 'not_yours' }
  | { readonly kind: 'unknown' }

export type MayExtendAnswer =
  | {
      readonly kind: 'may'
      readonly history: RequestHistory
      readonly lease: ActiveGrant['lease']
      readonly entitlement: Entitlement
      readonly longest: LongestTime
    }
  | NotExtendable

export type ExtendAnswer =
  | {
      readonly kind: 'submitted'
      /** Of the request for more time. */
      readonly history: RequestHistory
      /** The limit on leases by rule, where it is the reason why the owners are asked. Otherwise null. */
      readonly reachedLimit: number | null
    }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem[]; readonly history: RequestHistory }
  | { readonly kind: 'refused'; readonly policy: PolicyResult }
  | { readonly kind: 'too_many'; readonly limit: number }
  | NeedsProof
  | { readonly kind: 'frozen'; readonly freeze: Freeze }
  | NotExtendable

type ExtendPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Dry run of `extendLease`, before the time and the reason are typed. Throws `DirectoryUnavailable`. */
export async function mayExtend(
  ports: ExtendPorts,
  { by, requestId }: Pick<ExtensionAsk, 'by' | 'requestId'>,
): Promise<MayExtendAnswer> {
  const found = await find(ports, by, requestId)
  if (found.kind !== 'found') return found
  const { history, grant, entitlement } = found
  const holder = await identify(ports, by, [], freshEnoughToShow)
  const longest = longestMoreTime(entitlement, { grant }, holder)
  return { kind: 'may', history, lease: grant.lease, entitlement, longest }
}

/**
 * Asks for more time for a lease that is active: a request of its own, judged by the whole lease, from the activation to the new
 * end. Throws `DirectoryUnavailable`.
 */
export async function extendLease(ports: ExtendPorts, ask: ExtensionAsk): Promise<ExtendAnswer> {
  const earlier = await earlierSubmission(ports, ask.submissionKey)
  if (earlier) return submitted(earlier)
  const found = await find(ports, ask.by, ask.requestId)
  if (found.kind !== 'found') {
    // The extension that is under way may be that of another delivery of this interaction.
    const simultaneous = await earlierSubmission(ports, ask.submissionKey)
    return simultaneous ? submitted(simultaneous) : found
  }
  const { history, grant, entitlement } = found
  const extended: ExtendedLease = { grant, request: history.request, outcome: null }
  const named = { resourceId: grant.resourceId, entitlementId: grant.entitlementId }
  const verified = verifiedBy(ask.proof, ports.clock.now())
  const assessed = await assessRequest(ports, { ...ask, ...named, asker: ask.by }, extended, verified)
  const { account } = assessed.asker
  switch (assessed.kind) {
    case 'unknown':
      return { kind: 'no_longer_offered', history }
    case 'invalid':
      if (assessed.refusal)
        await recordRefusedAsk(ports, account, {
          ...named,
          details: { ...assessed.refusal, ...extensionOf(history) },
        })
      return { kind: 'invalid', problems: assessed.problems, history }
    case 'refused':
      await recordRefusedAsk(ports, account, {
        ...named,
        policy: assessed.policy,
        details: extensionOf(history),
      })
      return { kind: 'refused', policy: assessed.policy }
    case 'permitted': {
      if (assessed.needsProof) return needsProof(intentOf(ask))
      const answer = await submit(ports, ask, { ...assessed, entitlement }, extended, history)
      // Another extension moved the end meanwhile, so the whole lease is another one.
      if (answer.kind === 'moved') return extendLease(ports, ask)
      if (answer.kind === 'too_many') {
        const details = { why: 'too_many', limit: answer.limit }
        await recordRefusedAsk(ports, account, { ...named, details })
      }
      if (answer.kind === 'frozen')
        await recordRefusedAsk(ports, account, { ...named, details: frozenDetails(answer.freeze) })
      if (answer.kind !== 'submitted') return answer
      return {
        ...answer,
        history: (await ports.store.histories.byRequest(answer.history.request.id)) ?? answer.history,
      }
    }
  }
}

function intentOf({ requestId, duration, justification, ticket, submissionKey }: ExtensionAsk): Intent {
  return { kind: 'extend', requestId, duration, justification, ticket, submissionKey }
}

interface Found {
  readonly kind: 'found'
  readonly history: RequestHistory
  readonly grant: ActiveGrant
  readonly entitlement: Entitlement
}

/** The lease, if this person may ask for more of it as far as the lease itself is concerned. Records a refusal. */
async function find(ports: ExtendPorts, by: AccountKey, requestId: string): Promise<Found | NotExtendable> {
  const { store, clock, catalog } = ports
  const history = await store.histories.byRequest(requestId)
  if (!history) return { kind: 'unknown' }
  const { grant, requester, request } = history
  if (requester.userId !== by.userId || requester.teamId !== by.teamId)
    return refuseOther(ports, by, request, 'grant.extension_refused')
  if (grant?.status !== 'active' || clock.now() >= grant.lease.endsAt) return { kind: 'over', history }
  if (request.how === 'break_glass') {
    await recordOwnRefusal(ports, by, request, 'grant.extension_refused', { why: 'break_glass' })
    return { kind: 'break_glass', history }
  }
  const reference = history.extensions.find(isUnderWay)?.request.reference
  if (reference) return { kind: 'under_way', reference }
  const offer = findEntitlement(catalog, grant.resourceId, grant.entitlementId)
  if (!offer || !isDeepStrictEqual(offer.entitlement.content, grant.approvedContent))
    return { kind: 'no_longer_offered', history }
  return { kind: 'found', history, grant, entitlement: offer.entitlement }
}

async function earlierSubmission({ store }: ExtendPorts, key: string): Promise<RequestHistory | null> {
  const earlier = await store.transaction((tx) => tx.requests.findBySubmissionKey(key))
  return earlier && store.histories.byRequest(earlier.id)
}

async function submit(
  { store, clock, catalog }: ExtendPorts,
  { submissionKey, proof }: ExtensionAsk,
  assessed: Permitted,
  extended: ExtendedLease,
  history: RequestHistory,
): Promise<ExtendAnswer | { readonly kind: 'moved' }> {
  const now = clock.now()
  const { requestsPerHour: limit } = catalog.defaults
  const { asker, resource, entitlement, plan, asked } = assessed
  return store.transaction(async (tx): Promise<ExtendAnswer | { readonly kind: 'moved' }> => {
    // From here on the lease neither ends nor moves.
    const grant = await tx.grants.lock(extended.grant.id)
    const earlier = await tx.requests.findBySubmissionKey(submissionKey)
    if (earlier) return submitted(freshHistory(earlier, history, extended))
    if (grant?.status !== 'active' || now >= grant.lease.endsAt) return { kind: 'over', history }
    if (extended.grant.generation !== grant.generation) return { kind: 'moved' }
    const reference = await tx.leaseExtensions.underWayOf(grant.id)
    if (reference) return { kind: 'under_way', reference }
    if ((await tx.requests.countSince(asker.account, subHours(now, 1))) >= limit)
      return { kind: 'too_many', limit }
    await useProof(tx, proof, now)
    const requester = await tx.accounts.upsert(asker.account)
    const freeze = await frozenFor(tx, { accountId: requester.id, resourceId: resource.id }, now)
    if (freeze) return { kind: 'frozen', freeze }
    const { policy, byRule } = await approvedByRule(tx, catalog, assessed, { requesterId: requester.id, now })
    const reachedLimit = byRule?.left === 0 ? byRule.limit : null
    const draft = { submissionKey, requesterId: requester.id, resource, entitlement, plan, asked, policy }
    const lease = { grantId: grant.id, endsAt: grant.lease.endsAt }
    const request = await tx.requests.insert(
      draftRequest(catalog, { ...draft, preApprovalId: null, extended: lease }, now),
    )
    if (!request) throw new Error('a submission key conflicts, but no request has it')
    const byLimit = reachedLimit === null ? {} : { self_serve_limit: reachedLimit }
    const details = { ...extensionOf(history), ...byLimit, ...proofDetails(proof) }
    const rest = {
      policy: request.policy,
      details: { ...details, ...ticketDetails(request) },
      said: saidInRequest(request),
    }
    await tx.audit.append(ofRequest(request, 'request.submitted', actorOf(requester), now, rest))
    const by = { requester, engagement: asker.engagement }
    return submitted(await announce(tx, catalog, request, entitlement, { ...by, extended }), reachedLimit)
  })
}

/** Approves it now if a rule does, or asks the owners. */
async function announce(
  tx: Transaction,
  catalog: ExtendPorts['catalog'],
  request: PendingRequest,
  entitlement: Entitlement,
  {
    extended,
    ...by
  }: Pick<RequestHistory, 'requester' | 'engagement'> & { readonly extended: ExtendedLease },
): Promise<RequestHistory> {
  if (request.how === 'approval') {
    await askOwners(tx, catalog, request)
    return freshHistory(request, by, extended)
  }
  const { durationSeconds, submittedAt, how } = request
  const details = { how }
  const approval = { entitlement, durationSeconds }
  const approved = await approveRequest(tx, request, approval, daypass, submittedAt, details)
  return freshHistory(approved.request, by, extended)
}

function submitted(history: RequestHistory, reachedLimit: number | null = null): ExtendAnswer {
  return { kind: 'submitted', history, reachedLimit }
}

/** Names the lease in an audit event. */
function extensionOf({ request }: RequestHistory) {
  return { extends: request.reference }
}
