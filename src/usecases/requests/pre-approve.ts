import { addSeconds } from 'date-fns/addSeconds'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { min } from 'date-fns/min'
import { type ApprovalPlan, planFor } from '../../domain/approval-plan.ts'
import { type AuditEvent, actorOf } from '../../domain/audit-event.ts'
import { knownZone, startOfDay } from '../../domain/calendar-day.ts'
import { type Catalog, type Entitlement, findEntitlement, type Resource } from '../../domain/catalog.ts'
import { describeDurationProblem, formatDuration, parseDuration } from '../../domain/duration.ts'
import { holdsAt } from '../../domain/engagement.ts'
import type { Freeze } from '../../domain/freeze.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { said } from '../../domain/record/said-text.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { Intent, Proof } from '../../domain/step-up.ts'
import type { NewPreApproval, Transaction } from '../../domain/transaction.ts'
import { namesOf, peopleBehind } from '../_shared/approver-names.ts'
import { isAsShown } from '../_shared/as-shown.ts'
import { ofRequest } from '../_shared/audit-events.ts'
import { type FieldProblem, readReason } from '../_shared/field-problem.ts'
import { frozenDetails, frozenForApproval } from '../_shared/frozen.ts'
import { orderRequestMessages } from '../_shared/order-messages.ts'
import {
  type AccountKey,
  accountKeyOf,
  deciders,
  entitlementFacts,
  freshAtClick,
  type Identified,
  identify,
  resourceFacts,
  sponsorOf,
} from '../_shared/person.ts'
import { mayBePreApproved } from '../_shared/pre-approvals.ts'
import { asksForProof, type NeedsProof, needsProof, proofDetails, useProof } from '../_shared/proofs.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { decideRequest } from './decide-request.ts'

export interface PreApproveAsk {
  readonly by: AccountKey
  /** Further requests of its requester for the same entitlement are approved in advance. A pending one is approved too. */
  readonly requestId: string
  /** `2026-12-24`: the last day, in the approver's time zone. */
  readonly lastDay: string
  /** The longest lease of each use, as typed. */
  readonly duration: string
  readonly reason: string
  readonly proof?: Proof | undefined
}

export type PreApproveField = 'lastDay' | 'duration' | 'reason'

/**
 * `made`: the history shows it. `made_before`: one that was made from this request is open. `closed`: the request ended without
 * an approval. `several_approvals`: more than one person must approve each request, so nobody can do it in advance.
 */
export type PreApproveAnswer =
  | { readonly kind: 'made'; readonly history: RequestHistory }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem<PreApproveField>[] }
  | NeedsProof
  | { readonly kind: 'frozen'; readonly freeze: Freeze; readonly history: RequestHistory }
  | Exclude<MayPreApproveAnswer, { kind: 'may' }>

export type MayPreApproveAnswer =
  | {
      readonly kind: 'may'
      readonly history: RequestHistory
      readonly entitlement: Entitlement
      /** The last instant that a pre-approval can be good for. */
      readonly latest: Date
    }
  | {
      readonly kind:
        | 'made_before'
        | 'closed'
        | 'several_approvals'
        | 'no_longer_offered'
        | 'break_glass'
        | 'extension'
        | 'action'
      readonly history: RequestHistory
    }
  | { readonly kind: 'refused'; readonly policy: PolicyResult; readonly history: RequestHistory }
  | { readonly kind: 'unknown' }

type PreApprovePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Dry run of `preApprove`, before a date is typed. It also records a refusal. */
export async function mayPreApprove(
  ports: PreApprovePorts,
  { by, requestId }: Pick<PreApproveAsk, 'by' | 'requestId'>,
): Promise<MayPreApproveAnswer> {
  const found = await find(ports, by, requestId)
  if (found.kind !== 'found') return found
  const { history, entitlement, latest } = found
  const seconds = entitlement.maxDurationSeconds
  const policy = judge(ports, found, seconds, differenceInSeconds(latest, ports.clock.now()))
  return policy.allowed
    ? { kind: 'may', history, entitlement, latest }
    : refuse(ports, found.approver, policy, history)
}

/**
 * Approves further requests of one person in advance, until the end of a day. Approves the request too, if it is pending.
 * Throws `DirectoryUnavailable`.
 */
export async function preApprove(ports: PreApprovePorts, ask: PreApproveAsk): Promise<PreApproveAnswer> {
  const found = await find(ports, ask.by, ask.requestId)
  if (found.kind !== 'found') return found
  const { history, approver } = found
  const now = ports.clock.now()
  const read = readAsk(ask, found, now)
  if ('problems' in read) return { kind: 'invalid', problems: read.problems }
  const { goodThrough, seconds, reason } = read
  const policy = judge(ports, found, seconds, differenceInSeconds(goodThrough, now))
  if (!policy.allowed) return refuse(ports, approver, policy, history)
  // An approval in advance needs what each approval needs.
  if (!ask.proof && asksForProof(ports, found.entitlement, 'approve', approver))
    return needsProof(intentOf(ask))
  const { engagement } = history
  const draft = {
    requestId: history.request.id,
    madeAt: now,
    goodThrough,
    maxDurationSeconds: seconds,
    reason,
    engagementId: engagement && holdsAt(engagement, now) ? engagement.id : null,
    policy,
  }
  const make = (tx: Transaction, madeById: string) => insert(tx, history, { ...draft, madeById }, ask.proof)
  if (history.request.status === 'pending') return approveToo(ports, ask, history, make)
  const made = await ports.store.transaction(async (tx) => {
    // A panic withdraws what was approved in advance, and a freeze stops more of it: neither at the same instant as this.
    await tx.freezes.lock()
    // Each use would be refused while its freeze holds. A person who is frozen must not give what outlives the freeze either.
    const freeze = await frozenForApproval(tx, history, approver.facts.person, now)
    if (freeze) return freeze
    await useProof(tx, ask.proof, now)
    return make(tx, (await tx.accounts.upsert(approver.account)).id)
  })
  if (typeof made === 'object') {
    await refuse(ports, approver, policy, history, frozenDetails(made))
    return { kind: 'frozen', freeze: made, history }
  }
  return { kind: made ? 'made' : 'made_before', history: await reread(ports, history) }
}

/** One transaction records the approval of this request and the pre-approval of further ones. */
async function approveToo(
  ports: PreApprovePorts,
  ask: PreApproveAsk,
  history: RequestHistory,
  make: (tx: Transaction, madeById: string) => Promise<boolean>,
): Promise<PreApproveAnswer> {
  const { by, requestId, proof } = ask
  const verdict = { by, requestId, verdict: 'approve', reason: null, proof } as const
  // The grant that it orders holds the lock of freezes, shared, until its end.
  const answer = await decideRequest(ports, verdict, async (tx, approverId) => {
    await make(tx, approverId)
  })
  switch (answer.kind) {
    case 'recorded':
      return { kind: 'made', history: await reread(ports, history) }
    case 'refused':
    case 'frozen':
      return answer
    case 'repeated':
    case 'closed':
    case 'moved_on':
    case 'not_needed':
      return { kind: 'closed', history: answer.history }
    case 'needs_proof':
      return needsProof(intentOf(ask))
    case 'invalid':
    case 'unknown':
      return { kind: 'unknown' }
  }
}

function intentOf({ requestId, lastDay, duration, reason }: PreApproveAsk): Intent {
  return { kind: 'pre_approve', requestId, lastDay, duration, reason }
}

async function insert(
  tx: Transaction,
  history: RequestHistory,
  draft: NewPreApproval,
  proof: Proof | undefined,
): Promise<boolean> {
  const made = await tx.preApprovals.insert(draft)
  if (!made) return false
  const { policy, madeAt, madeById, goodThrough, maxDurationSeconds } = made
  const details = {
    pre_approval: made.reference,
    good_through: goodThrough.toISOString(),
    max_duration_seconds: maxDurationSeconds,
    ...proofDetails(proof),
  }
  const actor = actorOf({ id: madeById })
  const rest = { policy, details, said: said(made.id, { pre_approval_reason: made.reason }) }
  await tx.audit.append(ofRequest(history.request, 'pre_approval.made', actor, madeAt, rest))
  await orderRequestMessages(tx, history.request.id, ['requester:pre_approved', 'card'], madeAt)
  return true
}

interface Found {
  readonly kind: 'found'
  readonly history: RequestHistory
  readonly resource: Resource
  readonly entitlement: Entitlement
  /** Of one approval. */
  readonly plan: ApprovalPlan
  readonly latest: Date
  readonly approver: Identified
  readonly requester: Identified
}

async function find(
  ports: PreApprovePorts,
  by: AccountKey,
  requestId: string,
): Promise<Found | Exclude<MayPreApproveAnswer, { kind: 'may' | 'refused' }>> {
  const history = await ports.store.histories.byRequest(requestId)
  if (!history) return { kind: 'unknown' }
  const { request } = history
  if (request.how === 'break_glass') return { kind: 'break_glass', history }
  if (request.asksFor.kind !== 'entitlement') return { kind: request.asksFor.kind, history }
  if (request.status !== 'pending' && request.status !== 'approved') return { kind: 'closed', history }
  const now = ports.clock.now()
  const made = history.madePreApproval
  if (made && !made.withdrawal && now < made.goodThrough) return { kind: 'made_before', history }
  const { resourceId, entitlementId } = request.asksFor
  const offer = findEntitlement(ports.catalog, resourceId, entitlementId)
  if (!offer || !isAsShown(request, offer, 1)) return { kind: 'no_longer_offered', history }
  const [approver, requester] = await Promise.all([
    identify(ports, by, deciders(ports.catalog, offer.resource, offer.entitlement), freshAtClick),
    identify(ports, accountKeyOf(history.requester), [], freshAtClick),
  ])
  const plan = planFor(offer.entitlement.approvals, requester.facts.kind)
  if (!plan || !mayBePreApproved(plan) || !mayBePreApproved(request.terms.approvals))
    return { kind: 'several_approvals', history }
  return {
    kind: 'found',
    plan,
    ...offer,
    history: { ...history, engagement: requester.engagement },
    latest: latestEnd(ports.catalog, requester, now),
    approver,
    requester,
  }
}

/** Nothing that a contractor holds outlives the engagement and the guest account. */
function latestEnd({ defaults }: Catalog, { account, engagement }: Identified, now: Date): Date {
  const ends = [
    addSeconds(now, defaults.longestPreApprovalSeconds),
    account.guestExpiresAt,
    engagement?.endsAt,
  ]
  return min(ends.flatMap((end) => end ?? []))
}

function judge(
  { policy, clock }: Pick<Ports, 'policy' | 'clock'>,
  { resource, entitlement, plan, approver, requester }: Found,
  durationSeconds: number,
  goodForSeconds: number,
): PolicyResult {
  const people = { entitlement, sponsor: sponsorOf(requester.facts), called: [] }
  const names = plan.stages.flatMap(({ needs }) => needs.flatMap(({ from }) => from))
  const named = peopleBehind(names, people)
  const isNamed = namesOf(plan, approver.facts, people).some((name) => names.includes(name))
  const approvers = isNamed ? [...named, approver.facts.userId] : named
  return policy.judge({
    action: 'preApprove',
    principal: approver.facts,
    requester: requester.facts,
    now: clock.now(),
    resource: { ...resourceFacts(resource), approvers },
    entitlement: entitlementFacts(entitlement),
    durationSeconds,
    goodForSeconds,
  })
}

type Read =
  | { readonly goodThrough: Date; readonly seconds: number; readonly reason: string }
  | { readonly problems: readonly FieldProblem<PreApproveField>[] }

function readAsk(ask: PreApproveAsk, { entitlement, latest, approver }: Found, now: Date): Read {
  const problems: FieldProblem<PreApproveField>[] = []
  const day = dayOf(ask.lastDay, approver.account.timeZone)
  if (!day || day.ends <= now) problems.push({ field: 'lastDay', message: 'Choose today or a later day.' })
  else if (day.begins >= latest) problems.push({ field: 'lastDay', message: tooLate(latest) })
  const duration = parseDuration(ask.duration)
  if (!duration.ok) {
    problems.push({ field: 'duration', message: describeDurationProblem(duration.problem, ask.duration) })
  } else if (duration.seconds > entitlement.maxDurationSeconds) {
    const most = formatDuration(entitlement.maxDurationSeconds)
    problems.push({ field: 'duration', message: `${entitlement.name} is given for ${most} at the most.` })
  }
  const reason = readReason(ask.reason)
  if ('problem' in reason) problems.push(reason.problem)
  if (problems.length > 0 || !day || !duration.ok || 'problem' in reason) return { problems }
  return { goodThrough: min([day.ends, latest]), seconds: duration.seconds, reason: reason.reason }
}

function tooLate(latest: Date): string {
  const day = latest.toISOString().slice(0, 10)
  return `Choose ${day} or an earlier day: the engagement or the guest account ends then, or the catalog allows no more.`
}

/** A day in the approver's time zone. Null: the text is not a date. */
function dayOf(text: string, timeZone: string | null): { begins: Date; ends: Date } | null {
  const begins = startOfDay(text, knownZone(timeZone))
  const ends = startOfDay(text, knownZone(timeZone), 1)
  return begins && ends && { begins, ends }
}

async function refuse(
  ports: Pick<Ports, 'store' | 'clock'>,
  approver: Identified,
  policy: PolicyResult,
  history: RequestHistory,
  details: AuditEvent['details'] = {},
): Promise<Extract<MayPreApproveAnswer, { kind: 'refused' }>> {
  await recordRefusal(ports, approver.account, (actor, at) =>
    ofRequest(history.request, 'pre_approval.refused', actor, at, { policy, details }),
  )
  return { kind: 'refused', policy, history }
}

async function reread({ store }: Pick<Ports, 'store'>, before: RequestHistory): Promise<RequestHistory> {
  return (await store.histories.byRequest(before.request.id)) ?? before
}
