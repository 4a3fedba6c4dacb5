import type { Account } from '../../domain/account.ts'
import { actorOf, daypass } from '../../domain/audit-event.ts'
import { findEntitlement } from '../../domain/catalog.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports, Transaction } from '../../domain/ports.ts'
import {
  approvalsGiven,
  approvalsNeeded,
  type ClosedRequest,
  type Decision,
  type PendingRequest,
} from '../../domain/request.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { ofRequest } from '../_shared/audit-events.ts'
import { approveRequest, closeRequest, redraw } from '../_shared/close-request.ts'
import { type FieldProblem, readReason } from '../_shared/field-problem.ts'
import { judgeApprover } from '../_shared/judge-approver.ts'
import type { AccountKey, Identified } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'

export interface Verdict {
  readonly by: AccountKey
  readonly requestId: string
  readonly verdict: 'approve' | 'deny'
  /** Required for `deny`. */
  readonly reason: string | null
}

/**
 * `recorded`: the history has the new state of the request, its grant, and the earlier decisions. `repeated`: this person
 * decided before. `closed`: another person decided first, or the request expired; the history says which.
 */
export type DecisionAnswer =
  | { readonly kind: 'recorded' | 'repeated' | 'closed'; readonly history: RequestHistory }
  | { readonly kind: 'refused'; readonly policy: PolicyResult; readonly history: RequestHistory }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem<'reason'>[] }
  | { readonly kind: 'unknown' }

export type MayDecideAnswer =
  | { readonly kind: 'may' | 'closed'; readonly history: RequestHistory }
  | { readonly kind: 'refused'; readonly policy: PolicyResult; readonly history: RequestHistory }
  | { readonly kind: 'unknown' }

type DecidePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Dry run of `decideRequest`: whether this person may decide now. It also records a refusal. */
export async function mayDecide(
  ports: DecidePorts,
  { by, requestId }: Pick<Verdict, 'by' | 'requestId'>,
): Promise<MayDecideAnswer> {
  const history = await ports.store.histories.byRequest(requestId)
  if (!history) return { kind: 'unknown' }
  if (history.request.status !== 'pending') return { kind: 'closed', history }
  const { approver, policy } = await judgeApprover(ports, by, history, 'deny')
  return policy.allowed ? { kind: 'may', history } : refuse(ports, approver, policy, history)
}

/** Records one approver's verdict. The request closes when no further verdict is needed. Throws `DirectoryUnavailable`. */
export async function decideRequest(ports: DecidePorts, input: Verdict): Promise<DecisionAnswer> {
  const history = await ports.store.histories.byRequest(input.requestId)
  if (!history) return { kind: 'unknown' }
  const { approver, asker, policy } = await judgeApprover(ports, input.by, history, input.verdict)
  if (!policy.allowed) return refuse(ports, approver, policy, history)
  const read = input.verdict === 'deny' ? readReason(input.reason) : { reason: null }
  if ('problem' in read) return { kind: 'invalid', problems: [read.problem] }

  const now = ports.clock.now()
  const outcome = await ports.store.transaction(async (tx): Promise<Outcome> => {
    const request = await tx.requests.lock(input.requestId)
    if (!request) return { kind: 'unknown' }
    const account = await tx.accounts.upsert(approver.account)
    // The end of a guest's account may have changed since. A lease must not go beyond it.
    if (guestEnd(asker.account) !== guestEnd(history.requester)) await tx.accounts.upsert(asker.account)
    if (request.status !== 'pending') return foundClosed(tx, request, account, now)
    if (request.expiresAt <= now) {
      await closeRequest(tx, request, 'expired', daypass, now)
      return { kind: 'closed' }
    }
    const decision: Decision = {
      requestId: request.id,
      approverId: account.id,
      approverPerson: account.personId,
      verdict: input.verdict,
      reason: read.reason,
      policy,
      decidedAt: now,
    }
    return record(ports, tx, request, decision, account)
  })
  switch (outcome.kind) {
    case 'unknown':
      return { kind: 'unknown' }
    case 'recorded':
      return { kind: 'recorded', history: { ...history, ...outcome.change } }
    case 'repeated':
    case 'closed':
      return { kind: outcome.kind, history: await reread(ports, history) }
  }
}

function guestEnd({ guestExpiresAt }: { readonly guestExpiresAt: Date | null }): number | null {
  return guestExpiresAt?.getTime() ?? null
}

type Outcome =
  | { readonly kind: 'recorded'; readonly change: Pick<RequestHistory, 'request' | 'grant'> }
  | { readonly kind: 'repeated' | 'closed' | 'unknown' }

async function refuse(
  ports: Pick<Ports, 'store' | 'clock'>,
  approver: Identified,
  policy: PolicyResult,
  history: RequestHistory,
): Promise<{ kind: 'refused'; policy: PolicyResult; history: RequestHistory }> {
  await recordRefusal(ports, approver.account, (actor, at) =>
    ofRequest(history.request, 'decision.refused', actor, at, { policy }),
  )
  return { kind: 'refused', policy, history }
}

/** The request is closed, but a message still shows its buttons. Orders an edit of the messages. */
async function foundClosed(
  tx: Transaction,
  request: ClosedRequest,
  account: Account,
  now: Date,
): Promise<Outcome> {
  await redraw(tx, request.id, now)
  const decisions = await tx.decisions.list(request.id)
  return { kind: decisions.some(({ approverId }) => approverId === account.id) ? 'repeated' : 'closed' }
}

async function record(
  { catalog }: Pick<Ports, 'catalog'>,
  tx: Transaction,
  request: PendingRequest,
  decision: Decision,
  approver: Account,
): Promise<Outcome> {
  if (!(await tx.decisions.insert(decision))) return { kind: 'repeated' }
  const { verdict, policy, decidedAt } = decision
  await tx.audit.append(
    ofRequest(request, 'decision.recorded', actorOf(approver), decidedAt, { policy, details: { verdict } }),
  )
  if (verdict === 'deny') {
    const denied = await closeRequest(tx, request, 'denied', actorOf(approver), decidedAt)
    return { kind: 'recorded', change: { request: denied, grant: null } }
  }
  const offer = findEntitlement(catalog, request.asksFor.resourceId, request.asksFor.entitlementId)
  if (!offer)
    throw new Error(`The policies permitted ${request.reference}, but the catalog no longer offers it`)
  const needed = approvalsNeeded(request, offer.entitlement)
  if (approvalsGiven(await tx.decisions.list(request.id)) >= needed) {
    const change = await approveRequest(tx, request, offer.entitlement, actorOf(approver), decidedAt)
    return { kind: 'recorded', change }
  }
  await redraw(tx, request.id, decidedAt)
  return { kind: 'recorded', change: { request, grant: null } }
}

async function reread({ store }: Pick<Ports, 'store'>, before: RequestHistory): Promise<RequestHistory> {
  return (await store.histories.byRequest(before.request.id)) ?? before
}
