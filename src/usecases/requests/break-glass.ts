import { planFor } from '../../domain/approval-plan.ts'
import { actorOf, daypass } from '../../domain/audit-event.ts'
import { reviewDueAt } from '../../domain/break-glass.ts'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import { formatDuration } from '../../domain/duration.ts'
import type { Freeze } from '../../domain/freeze.ts'
import { freshHistory } from '../../domain/fresh-history.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { PendingRequest, Reference } from '../../domain/request.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { Intent } from '../../domain/step-up.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofRequest, saidInRequest } from '../_shared/audit-events.ts'
import { approveRequest } from '../_shared/close-request.ts'
import { draftRequest } from '../_shared/draft-request.ts'
import type { FieldProblem, RequestField } from '../_shared/field-problem.ts'
import { findOffer } from '../_shared/find-offer.ts'
import { frozenDetails, frozenFor } from '../_shared/frozen.ts'
import { assessBreakGlass, openReviewOf } from '../_shared/judge-break-glass.ts'
import { offersTo } from '../_shared/offers.ts'
import { orderRequestMessages } from '../_shared/order-messages.ts'
import { freshAtClick, type Identified, identify } from '../_shared/person.ts'
import { type NeedsProof, needsProof, proofDetails, useProof, verifiedBy } from '../_shared/proofs.ts'
import { type Asked, readTerms } from '../_shared/read-terms.ts'
import { recordRefusedAsk, recordUnknownName } from '../_shared/record-refused-ask.ts'
import type { Ask } from './request-access.ts'

/** Access that somebody takes at once, without an approval. */
export interface EmergencyAsk extends Ask {
  /** Whether the person confirmed that this is an emergency. */
  readonly confirmed: boolean
}

/** Why the access is not given. */
type NotTaken =
  | { readonly kind: 'refused'; readonly policy: PolicyResult }
  /** The catalog has no `breakGlass` for this entitlement. */
  | { readonly kind: 'not_offered'; readonly entitlement: Entitlement; readonly resource: Resource }
  /** An earlier break-glass of this person waits for its review. */
  | { readonly kind: 'review_open'; readonly reference: Reference }
  /** Nothing is granted here now, not even in an emergency: whoever was frozen out would say that it is one. */
  | { readonly kind: 'frozen'; readonly freeze: Freeze }

export type BreakGlassAnswer =
  | { readonly kind: 'taken'; readonly history: RequestHistory }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem<EmergencyField>[] }
  | NeedsProof
  | NotTaken

export type MayBreakGlassAnswer =
  | { readonly kind: 'may'; readonly resource: Resource; readonly entitlement: Entitlement }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem<EmergencyField>[] }
  | NotTaken

type EmergencyField = RequestField | 'confirmed'
type BreakGlassPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Dry run of `breakGlass`, before a reason is typed. It also records a refusal. Throws `DirectoryUnavailable`. */
export async function mayBreakGlass(
  ports: BreakGlassPorts,
  ask: Pick<EmergencyAsk, 'asker' | 'resourceId' | 'entitlementId'>,
): Promise<MayBreakGlassAnswer> {
  const admitted = await admit(ports, ask, () => null)
  if (admitted.kind !== 'admitted') return admitted
  const { resource, entitlement } = admitted
  const open = await openReviewOf(ports, admitted)
  if (open !== null) return refuseWhileOpen(ports, admitted, open)
  const freeze = await ports.store.transaction(async (tx) => {
    const { id: accountId } = await tx.accounts.upsert(admitted.account)
    return frozenFor(tx, { accountId, resourceId: resource.id }, ports.clock.now())
  })
  return freeze ? refuseFrozen(ports, admitted, freeze) : { kind: 'may', resource, entitlement }
}

/**
 * Gives access at once to a person whom policy lets break glass. Owners and security are told, and a review is due within a day.
 * Throws `DirectoryUnavailable`.
 */
export async function breakGlass(ports: BreakGlassPorts, ask: EmergencyAsk): Promise<BreakGlassAnswer> {
  const admitted = await admit(ports, ask, (entitlement) => readEmergency(entitlement, ask))
  if (admitted.kind !== 'admitted') return admitted
  const { read } = admitted
  if (!read || 'problems' in read) return { kind: 'invalid', problems: read?.problems ?? [] }
  if (admitted.needsProof) return needsProof(intentOf(ask))
  const taken = await take(ports, ask, admitted, read.asked)
  if (typeof taken === 'string') return refuseWhileOpen(ports, admitted, taken)
  if ('endsAt' in taken) return refuseFrozen(ports, admitted, taken)
  return { kind: 'taken', history: (await ports.store.histories.byRequest(taken.request.id)) ?? taken }
}

function intentOf({
  resourceId,
  entitlementId,
  duration,
  justification,
  submissionKey,
  confirmed,
}: EmergencyAsk): Intent {
  const terms = { duration, justification, ticket: null, submissionKey }
  return { kind: 'break_glass', resourceId, entitlementId, confirmed, ...terms }
}

interface Admitted extends Pick<Identified, 'account' | 'engagement'> {
  readonly kind: 'admitted'
  readonly resource: Resource
  readonly entitlement: Entitlement
  readonly policy: PolicyResult
  readonly needsProof: boolean
  readonly read: Read | null
}

/** Checks everything but an open review. A person whom policy refuses reads no problems with the typed terms. */
async function admit(
  ports: BreakGlassPorts,
  ask: Pick<EmergencyAsk, 'asker' | 'resourceId' | 'entitlementId' | 'proof'>,
  readFor: (entitlement: Entitlement) => Read | null,
): Promise<
  Admitted | Exclude<BreakGlassAnswer, { kind: 'taken' | 'review_open' | 'needs_proof' | 'frozen' }>
> {
  const asker = await identify(ports, ask.asker, [], freshAtClick)
  const { account, engagement, facts } = asker
  const offer = await findOffer(ports.catalog, offersTo(ports, facts), ask.resourceId, ask.entitlementId)
  if ('problem' in offer) {
    await recordUnknownName(ports, account, ask)
    return { kind: 'invalid', problems: [offer.problem] }
  }
  const { resource, entitlement } = offer
  const named = { resourceId: resource.id, entitlementId: entitlement.id }
  const read = readFor(entitlement)
  const asked = read && 'asked' in read ? read.asked : null
  const verified = verifiedBy(ask.proof, ports.clock.now())
  const { kind, policy, needsProof } = await assessBreakGlass(ports, asker, offer, asked, verified)
  if (kind === 'refused') {
    await recordRefusedAsk(ports, account, { ...named, policy })
    return { kind, policy }
  }
  if (kind === 'admitted') return { kind, account, engagement, ...offer, policy, needsProof, read }
  await recordRefusedAsk(ports, account, { ...named, policy, details: { why: 'no_break_glass' } })
  return { kind: 'not_offered', entitlement, resource }
}

async function refuseWhileOpen(
  ports: BreakGlassPorts,
  { account, resource, entitlement, policy }: Admitted,
  reference: Reference,
): Promise<NotTaken> {
  const named = { resourceId: resource.id, entitlementId: entitlement.id }
  const details = { why: 'review_open', review_of: reference }
  await recordRefusedAsk(ports, account, { ...named, policy, details })
  return { kind: 'review_open', reference }
}

async function refuseFrozen(
  ports: BreakGlassPorts,
  { account, resource, entitlement, policy }: Admitted,
  freeze: Freeze,
): Promise<NotTaken> {
  const named = { resourceId: resource.id, entitlementId: entitlement.id }
  await recordRefusedAsk(ports, account, { ...named, policy, details: frozenDetails(freeze) })
  return { kind: 'frozen', freeze }
}

type Read = { readonly asked: Asked } | { readonly problems: FieldProblem<EmergencyField>[] }

/** In an emergency a ticket is never required, and the time is shorter. A reason and the confirmation are required. */
function readEmergency(entitlement: Entitlement, ask: EmergencyAsk): Read {
  const most = entitlement.breakGlass?.maxDurationSeconds ?? entitlement.maxDurationSeconds
  const emergency: Entitlement = {
    ...entitlement,
    defaultDurationSeconds: Math.min(most, entitlement.defaultDurationSeconds),
    ticket: { ...entitlement.ticket, required: false },
  }
  const read = readTerms(emergency, ask)
  const problems: FieldProblem<EmergencyField>[] = 'problems' in read ? [...read.problems] : []
  if ('asked' in read && read.asked.durationSeconds > most) {
    const message = `In an emergency this is given for ${formatDuration(most)} at the most.`
    problems.push({ field: 'duration', message })
  }
  if (!ask.confirmed)
    problems.push({
      field: 'confirmed',
      message: 'Confirm that this is an emergency, or ask for it as usual.',
    })
  return problems.length === 0 && 'asked' in read ? read : { problems }
}

/**
 * Stores the request, its review and its grant. The reference of the open review or the freeze if there is one: then nothing is stored.
 */
async function take(
  { store, clock, catalog }: BreakGlassPorts,
  { submissionKey, proof }: EmergencyAsk,
  { account, engagement, resource, entitlement, policy }: Admitted,
  asked: Asked,
): Promise<RequestHistory | Reference | Freeze> {
  const now = clock.now()
  return store.transaction(async (tx) => {
    const requester = await tx.accounts.upsert(account)
    const by = { requester, engagement }
    // Locks the person, so that two forms sent at once are handled one after the other.
    const open = await tx.reviews.openOf(requester.id)
    const earlier = await tx.requests.findBySubmissionKey(submissionKey)
    if (earlier) return freshHistory(earlier, by)
    if (open !== null) return open
    const freeze = await frozenFor(tx, { accountId: requester.id, resourceId: resource.id }, now)
    if (freeze) return freeze
    await useProof(tx, proof, now)
    const plan = planFor(entitlement.approvals, requester.kind) ?? entitlement.approvals
    const draft = { submissionKey, requesterId: requester.id, resource, entitlement, plan, asked, policy }
    const request = await tx.requests.insert(draftRequest(catalog, { ...draft, preApprovalId: null }, now))
    if (!request) throw new Error('a submission key conflicts, but no request has it')
    const dueAt = reviewDueAt(now)
    await tx.reviews.insert({ requestId: request.id, openedAt: now, dueAt }, requester.personId)
    const actor = actorOf(requester)
    await tx.audit.append(
      ofRequest(request, 'request.submitted', actor, now, { policy, said: saidInRequest(request) }),
    )
    const details = { review_due_at: dueAt.toISOString(), ...proofDetails(proof) }
    await tx.audit.append(ofRequest(request, 'break_glass.taken', actor, now, { policy, details }))
    const { request: approved, grant } = await approveRequest(
      tx,
      request,
      { entitlement, durationSeconds: request.durationSeconds },
      daypass,
      now,
      {
        how: request.how,
      },
    )
    await tell(tx, request, dueAt)
    return { ...freshHistory(approved, by), grant }
  })
}

/** `approveRequest` orders the card, by which the owners are told. */
async function tell(tx: Transaction, { id, submittedAt }: PendingRequest, dueAt: Date): Promise<void> {
  await orderRequestMessages(tx, id, ['security:break_glass'], submittedAt)
  await tx.outbox.add({ kind: 'remind_review', requestId: id }, dueAt)
}
