import { subHours } from 'date-fns/subHours'
import type { Freeze } from '../../domain/freeze.ts'
import { freshHistory } from '../../domain/fresh-history.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { Intent, Proof } from '../../domain/step-up.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { assessRequest, type Permitted, type TypedAsk } from '../_shared/assess-request.ts'
import type { FieldProblem } from '../_shared/field-problem.ts'
import { frozenDetails, frozenFor } from '../_shared/frozen.ts'
import { type NeedsProof, needsProof, useProof, verifiedBy } from '../_shared/proofs.ts'
import { recordRefusedAsk, recordUnknownName } from '../_shared/record-refused-ask.ts'
import { submitRequest } from '../_shared/submit-request.ts'
import { findPreApproval } from '../_shared/without-asking.ts'

/** The input of a request, as the person typed it. */
export interface Ask extends TypedAsk {
  /** One per Slack interaction. A second delivery of the same interaction submits nothing and has the same answer. */
  readonly submissionKey: string
  readonly proof?: Proof | undefined
}

export type RequestAnswer =
  | Submitted
  | NeedsProof
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem[] }
  | { readonly kind: 'refused'; readonly policy: PolicyResult }
  | NotNow

/** `frozen`: nothing is granted here now. */
type NotNow =
  | { readonly kind: 'too_many'; readonly limit: number }
  | { readonly kind: 'frozen'; readonly freeze: Freeze }

interface Submitted {
  readonly kind: 'submitted'
  readonly history: RequestHistory
  readonly repeated: boolean
  /** The limit on leases by rule, where it is the reason why the owners are asked. Otherwise null. */
  readonly reachedLimit: number | null
}

type RequestPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Submits a request, or says what is wrong with it. Throws `DirectoryUnavailable`, and `ProofNotUsable`. */
export async function requestAccess(ports: RequestPorts, ask: Ask): Promise<RequestAnswer> {
  const assessed = await assessRequest(ports, ask, null, verifiedBy(ask.proof, ports.clock.now()))
  const { account } = assessed.asker
  if (assessed.kind === 'unknown') {
    await recordUnknownName(ports, account, ask)
    return { kind: 'invalid', problems: [assessed.problem] }
  }
  const { resource, entitlement } = assessed
  const named = { resourceId: resource.id, entitlementId: entitlement.id }
  if (assessed.kind === 'invalid') {
    const { problems, refusal } = assessed
    if (refusal) await recordRefusedAsk(ports, account, { ...named, details: refusal })
    return { kind: 'invalid', problems }
  }
  const { policy } = assessed
  if (assessed.kind === 'refused') {
    await recordRefusedAsk(ports, account, { ...named, policy })
    return { kind: 'refused', policy }
  }
  if (assessed.needsProof) return needsProof(intentOf(ask, assessed.asked.startsAt))
  const answer = await submit(ports, ask, assessed)
  if (answer.kind === 'too_many') {
    const details = { why: 'too_many', limit: answer.limit }
    await recordRefusedAsk(ports, account, { ...named, details })
  }
  if (answer.kind === 'frozen')
    await recordRefusedAsk(ports, account, { ...named, details: frozenDetails(answer.freeze) })
  if (answer.kind !== 'submitted') return answer
  // The present state and decisions of an earlier submission, or the people of the pre-approval.
  const isWhole = !answer.repeated && answer.history.request.preApprovalId === null
  const history = isWhole ? null : await ports.store.histories.byRequest(answer.history.request.id)
  return { ...answer, history: history ?? answer.history }
}

async function submit(
  { store, clock, catalog }: RequestPorts,
  { submissionKey, proof }: Ask,
  assessed: Permitted,
): Promise<Submitted | NotNow> {
  const now = clock.now()
  const { requestsPerHour: limit } = catalog.defaults
  const { asker, resource } = assessed
  return store.transaction(async (tx) => {
    // The count waits for other requests of this account, so the next statements see those.
    const [lately, requester, covering, freeze] = await Promise.all([
      tx.requests.countSince(asker.account, subHours(now, 1)),
      tx.accounts.upsert(asker.account),
      findPreApproval(tx, assessed, now),
      frozenFor(tx, { personId: asker.facts.person, resourceId: resource.id }, now),
    ])
    const by: Asker = { requester, engagement: asker.engagement }
    if (lately >= limit || freeze) {
      const earlier = await tx.requests.findBySubmissionKey(submissionKey)
      if (earlier) return submitted(freshHistory(earlier, by), { repeated: true })
      return freeze ? { kind: 'frozen', freeze } : { kind: 'too_many', limit }
    }
    await useProof(tx, proof, now)
    const submission = { submissionKey, requester, covering, proof, now }
    const stored = await submitRequest(tx, catalog, assessed, submission)
    if (!stored) return repeatedSubmission(tx, submissionKey, by)
    return submitted(stored.history, stored)
  })
}

function intentOf(
  { resourceId, entitlementId, duration, justification, ticket, submissionKey, parameters = {} }: Ask,
  start: Date | null,
): Intent {
  const startsAt = start?.toISOString() ?? null
  return {
    kind: 'request',
    resourceId,
    entitlementId,
    duration,
    startsAt,
    parameters,
    justification,
    ticket,
    submissionKey,
  }
}

function submitted(
  history: RequestHistory,
  { repeated = false, reachedLimit = null }: Partial<Pick<Submitted, 'repeated' | 'reachedLimit'>>,
): Submitted {
  return { kind: 'submitted', history, repeated, reachedLimit }
}

/** The same interaction was delivered twice, and the other delivery stored the request. */
async function repeatedSubmission(tx: Transaction, key: string, by: Asker): Promise<Submitted> {
  const earlier = await tx.requests.findBySubmissionKey(key)
  if (!earlier) throw new Error('a submission key conflicts, but no request has it')
  return submitted(freshHistory(earlier, by), { repeated: true })
}

type Asker = Pick<RequestHistory, 'requester' | 'engagement'>
