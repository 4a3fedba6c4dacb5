import { addSeconds } from 'date-fns/addSeconds'
import { subHours } from 'date-fns/subHours'
import type { ApprovalPlan } from '../../domain/approval-plan.ts'
import { actorOf, daypass } from '../../domain/audit-event.ts'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { NewRequest, Ports, Transaction } from '../../domain/ports.ts'
import type { AccessRequest, PendingRequest } from '../../domain/request.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { assessRequest, type TypedAsk } from '../_shared/assess-request.ts'
import { ofRequest } from '../_shared/audit-events.ts'
import { approveRequest } from '../_shared/close-request.ts'
import type { FieldProblem } from '../_shared/field-problem.ts'
import { orderRequestMessages } from '../_shared/order-messages.ts'
import type { Identified } from '../_shared/person.ts'
import type { Asked } from '../_shared/read-terms.ts'
import { recordRefusedAsk, recordUnknownName } from '../_shared/record-refused-ask.ts'
import { termsOf } from '../_shared/terms-of.ts'

/** The input of a request, as the person typed it. */
export interface Ask extends TypedAsk {
  /** One per Slack interaction. A second delivery of the same interaction submits nothing and has the same answer. */
  readonly submissionKey: string
}

export type RequestAnswer =
  | { readonly kind: 'submitted'; readonly history: RequestHistory; readonly repeated: boolean }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem[] }
  | { readonly kind: 'refused'; readonly policy: PolicyResult }
  | { readonly kind: 'too_many'; readonly limit: number }

type RequestPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Submits a request, or says what is wrong with it. Throws `DirectoryUnavailable`. */
export async function requestAccess(ports: RequestPorts, ask: Ask): Promise<RequestAnswer> {
  const assessed = await assessRequest(ports, ask)
  const { account } = assessed.asker
  if (assessed.kind === 'unknown') {
    await recordUnknownName(ports, account, ask)
    return { kind: 'invalid', problems: [assessed.problem] }
  }
  if (assessed.kind === 'invalid') return { kind: 'invalid', problems: assessed.problems }
  const { resource, entitlement, policy } = assessed
  const named = { resourceId: resource.id, entitlementId: entitlement.id }
  if (assessed.kind === 'refused') {
    await recordRefusedAsk(ports, account, { ...named, policy })
    return { kind: 'refused', policy }
  }
  const answer = await submit(
    ports,
    ask.submissionKey,
    assessed.asker,
    assessed,
    assessed.asked,
    assessed.selfServe ?? policy,
  )
  if (answer.kind === 'too_many') {
    const details = { why: 'too_many', limit: answer.limit }
    await recordRefusedAsk(ports, account, { ...named, details })
  }
  if (answer.kind !== 'submitted' || !answer.repeated) return answer
  // The request was submitted before, so the answer shows its present state and decisions.
  return {
    ...answer,
    history: (await ports.store.histories.byRequest(answer.history.request.id)) ?? answer.history,
  }
}

async function submit(
  { store, clock, catalog }: RequestPorts,
  submissionKey: string,
  { account, engagement }: Identified,
  { resource, entitlement, plan }: { resource: Resource; entitlement: Entitlement; plan: ApprovalPlan },
  asked: Asked,
  policy: PolicyResult,
): Promise<RequestAnswer> {
  const now = clock.now()
  const { defaults } = catalog
  return store.transaction(async (tx): Promise<RequestAnswer> => {
    // The count waits for other requests of this account, so the next statements see those.
    const [lately, earlier, requester] = await Promise.all([
      tx.requests.countSince(account, subHours(now, 1)),
      tx.requests.findBySubmissionKey(submissionKey),
      tx.accounts.upsert(account),
    ])
    const by: Asker = { requester, engagement }
    if (earlier) return { kind: 'submitted', history: fresh(earlier, by), repeated: true }
    if (lately >= defaults.requestsPerHour) {
      return { kind: 'too_many', limit: defaults.requestsPerHour }
    }
    const draft: NewRequest = {
      status: 'pending',
      submissionKey,
      requesterId: requester.id,
      asksFor: { kind: 'entitlement', resourceId: resource.id, entitlementId: entitlement.id },
      terms: termsOf(resource, entitlement, plan),
      ...asked,
      policy,
      submittedAt: now,
      expiresAt: addSeconds(now, defaults.requestTimeoutSeconds),
    }
    const request = await tx.requests.insert(draft)
    if (!request) return repeatedWhileInserting(tx, submissionKey, by)
    await tx.audit.append(ofRequest(request, 'request.submitted', actorOf(requester), now, { policy }))
    return {
      kind: 'submitted',
      history: await announce(tx, request, by, entitlement, defaults.remindAfterSeconds),
      repeated: false,
    }
  })
}

/** The same interaction was delivered twice at once, and the other delivery stored the request. */
async function repeatedWhileInserting(tx: Transaction, key: string, by: Asker): Promise<RequestAnswer> {
  const earlier = await tx.requests.findBySubmissionKey(key)
  if (!earlier) throw new Error('a submission key conflicts, but no request has it')
  return { kind: 'submitted', history: fresh(earlier, by), repeated: true }
}

async function announce(
  tx: Transaction,
  request: PendingRequest,
  by: Asker,
  entitlement: Entitlement,
  remindAfterSeconds: number,
): Promise<RequestHistory> {
  const now = request.submittedAt
  if (request.policy.action === 'selfServe') {
    const { durationSeconds } = request
    const approved = await approveRequest(tx, request, { entitlement, durationSeconds }, daypass, now)
    return { ...fresh(approved.request, by), grant: approved.grant }
  }
  const remindAt = addSeconds(now, remindAfterSeconds)
  await orderRequestMessages(tx, request.id, ['card'], now)
  await tx.outbox.add({ kind: 'expire_request', requestId: request.id }, request.expiresAt)
  if (remindAt < request.expiresAt) {
    await tx.outbox.add({ kind: 'remind_approvers', requestId: request.id }, remindAt)
  }
  return fresh(request, by)
}

type Asker = Pick<RequestHistory, 'requester' | 'engagement'>

function fresh(request: AccessRequest, by: Asker): RequestHistory {
  return { request, ...by, decisions: [], grant: null, revoker: null }
}
