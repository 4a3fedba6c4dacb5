import type { Account } from '../../domain/account.ts'
import { isNeeded } from '../../domain/approval-progress.ts'
import { type ApprovalState, approvalState } from '../../domain/approval-state.ts'
import { actorOf } from '../../domain/audit-event.ts'
import { findEntitlement } from '../../domain/catalog.ts'
import type { Ports } from '../../domain/ports.ts'
import { said } from '../../domain/record/said-text.ts'
import type { Decision, PendingRequest } from '../../domain/request.ts'
import type { Proof } from '../../domain/step-up.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofRequest } from './audit-events.ts'
import { type Approved, approveRequest, closeRequest, redraw } from './close-request.ts'
import type { JudgedClick } from './judge-approver.ts'
import { orderSubstitutes } from './order-substitutes.ts'
import { proofDetails } from './proofs.ts'

/** A verdict that the policies permitted, before its stage is known for sure. */
export interface PermittedVerdict {
  readonly judged: JudgedClick
  readonly decision: Omit<Decision, 'stage'>
  readonly account: Account
  /** As the pressed button showed it. */
  readonly stage: number | null
  readonly proof: Proof | undefined
}

/** `repeated`: this person decided before. `moved_on`: another stage is open now. `not_needed`: others have to approve. */
export type RecordedDecision =
  | { readonly kind: 'recorded'; readonly change: Approved }
  | { readonly kind: 'repeated' | 'moved_on' | 'not_needed' }

/** Counts the decision by the decisions that are there now: others may have decided since the policies were asked. */
export async function recordDecision(
  { catalog }: Pick<Ports, 'catalog'>,
  tx: Transaction,
  request: PendingRequest,
  decisions: readonly Decision[],
  permitted: PermittedVerdict,
): Promise<RecordedDecision> {
  const { judged, account } = permitted
  const offer = findEntitlement(catalog, request.asksFor.resourceId, request.asksFor.entitlementId)
  if (!offer)
    throw new Error(`The policies permitted ${request.reference}, but the catalog no longer offers it`)
  const stateAfter = (decisions: readonly Decision[]) =>
    approvalState(request, judged.asker.facts.kind, offer.entitlement, decisions)
  const state = stateAfter(decisions)
  const unfit = problemWith(permitted, state, decisions)
  if (unfit) {
    await redraw(tx, request.id, permitted.decision.decidedAt)
    return { kind: unfit }
  }
  const decision = fitted(permitted.decision, state)
  if (!(await tx.decisions.insert(decision))) return { kind: 'repeated' }
  const { verdict, policy, decidedAt, reason, stage } = decision
  const actor = actorOf(account)
  await tx.audit.append(
    ofRequest(request, 'decision.recorded', actor, decidedAt, {
      policy,
      details: { ...detailsOf(decision, state), ...proofDetails(permitted.proof) },
      said: said(`${request.id}:${account.id}:${stage}`, { decision_reason: reason }),
    }),
  )
  if (verdict === 'deny') {
    const denied = await closeRequest(tx, request, 'denied', actor, decidedAt)
    return { kind: 'recorded', change: { request: denied, grant: null, run: null } }
  }
  const { open, durationSeconds } = stateAfter([...decisions, decision])
  if (open === null) {
    const { entitlement } = offer
    const change = await approveRequest(tx, request, { entitlement, durationSeconds }, actor, decidedAt)
    return { kind: 'recorded', change }
  }
  await orderSubstitutes(tx, request, decisions.length + 1, decidedAt)
  await redraw(tx, request.id, decidedAt)
  return { kind: 'recorded', change: { request, grant: null, run: null } }
}

/** Why this verdict cannot be counted now. Null: it can. */
function problemWith(
  { judged, decision, stage }: PermittedVerdict,
  { plan, progress, open }: ApprovalState,
  decisions: readonly Decision[],
): 'repeated' | 'moved_on' | 'not_needed' | null {
  const { approverPerson: person, countsAs } = decision
  const own = decisions.filter(({ approverPerson }) => approverPerson === person)
  const pressed = [stage, open?.index]
  if (own.some((one) => !plan.samePersonInTwoStages || pressed.includes(one.stage))) return 'repeated'
  if (open?.index !== judged.state.open?.index || open?.index !== (stage ?? open?.index)) return 'moved_on'
  return decision.verdict === 'approve' && !isNeeded(plan, progress, { person, countsAs })
    ? 'not_needed'
    : null
}

function fitted(decision: PermittedVerdict['decision'], { open, durationSeconds }: ApprovalState): Decision {
  const shorter = decision.durationSeconds
  return {
    ...decision,
    stage: open?.index ?? 0,
    // Another person may have given a shorter time since. Then that time counts.
    durationSeconds: shorter !== null && shorter < durationSeconds ? shorter : null,
  }
}

function detailsOf({ verdict, durationSeconds }: Decision, { plan, open }: ApprovalState) {
  return {
    verdict,
    ...(plan.stages.length > 1 && open ? { stage: open.stage.name } : {}),
    ...(durationSeconds === null ? {} : { duration_seconds: durationSeconds }),
  }
}
