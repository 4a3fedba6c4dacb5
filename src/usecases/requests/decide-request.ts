import type { Account } from '../../domain/account.ts'
import { daypass } from '../../domain/audit-event.ts'
import { describeDurationProblem, formatDuration, parseDuration } from '../../domain/duration.ts'
import type { Freeze } from '../../domain/freeze.ts'
import { type Grant, plannedEnd } from '../../domain/grant.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { ClosedRequest, Decision } from '../../domain/request.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { Intent, Proof } from '../../domain/step-up.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofRequest } from '../_shared/audit-events.ts'
import { closeRequest, redraw } from '../_shared/close-request.ts'
import { type FieldProblem, readReason } from '../_shared/field-problem.ts'
import { frozenDetails, frozenForApproval } from '../_shared/frozen.ts'
import { type JudgedClick, judgeApprover } from '../_shared/judge-approver.ts'
import type { AccountKey } from '../_shared/person.ts'
import { type NeedsProof, needsProof, useProof, verifiedBy } from '../_shared/proofs.ts'
import { type RecordedDecision, recordDecision } from '../_shared/record-decision.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'

export interface Verdict {
  readonly by: AccountKey
  readonly requestId: string
  readonly verdict: 'approve' | 'deny'
  /** Required for `deny`. */
  readonly reason: string | null
  /** The stage that the pressed button showed. Null: the button named none. */
  readonly stage?: number | null
  /** Approve for less: the shorter time as typed. Null: as asked for. */
  readonly duration?: string | null
  readonly proof?: Proof | undefined
}

/**
 * `recorded`: the history has the new state of the request, its grant, and the earlier decisions. `repeated`: this person
 * decided before. `closed`: another person decided first, or the request expired; the history says which. `moved_on`: the stage
 * of the button is complete, and another one is open. `not_needed`: another person's approval is missing, not this one's.
 */
export type DecisionAnswer =
  | {
      readonly kind: 'recorded' | 'repeated' | 'closed' | 'moved_on' | 'not_needed'
      readonly history: RequestHistory
    }
  | { readonly kind: 'refused'; readonly policy: PolicyResult; readonly history: RequestHistory }
  /** Nothing is granted here now, or the approver is frozen. The request waits. A denial is possible. */
  | { readonly kind: 'frozen'; readonly freeze: Freeze; readonly history: RequestHistory }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem<'reason' | 'duration'>[] }
  | NeedsProof
  | { readonly kind: 'unknown' }

export type MayDecideAnswer =
  | { readonly kind: 'may' | 'closed'; readonly history: RequestHistory }
  | { readonly kind: 'refused'; readonly policy: PolicyResult; readonly history: RequestHistory }
  | { readonly kind: 'unknown' }

type DecidePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Dry run of `decideRequest`: whether this person may decide now. It also records a refusal. */
export async function mayDecide(
  ports: DecidePorts,
  { by, requestId, verdict }: Pick<Verdict, 'by' | 'requestId' | 'verdict'>,
): Promise<MayDecideAnswer> {
  const history = await ports.store.histories.byRequest(requestId)
  if (!history) return { kind: 'unknown' }
  if (history.request.status !== 'pending') return { kind: 'closed', history }
  const judged = await judgeApprover(ports, by, history, { verdict })
  return judged.policy.allowed ? { kind: 'may', history } : refuse(ports, judged, history)
}

/**
 * Records one approver's verdict. The request closes when no further verdict is needed. `also` writes more in the same
 * transaction, after the verdict. Throws `DirectoryUnavailable`, and `ProofNotUsable`.
 */
export async function decideRequest(
  ports: DecidePorts,
  input: Verdict,
  also: (tx: Transaction, approverId: string) => Promise<void> = async () => {},
): Promise<DecisionAnswer> {
  const prepared = await prepareDecision(ports, input)
  if ('answer' in prepared) return prepared.answer
  const now = ports.clock.now()
  const outcome = await ports.store.transaction(async (tx) => {
    await useProof(tx, input.proof, now)
    const outcome = await decideInTransaction(ports, tx, prepared, now)
    if (outcome.kind === 'recorded') await also(tx, outcome.approverId)
    return outcome
  })
  return answerOf(ports, prepared, outcome)
}

/** A verdict that the policies permitted, and that is complete. */
export interface PreparedDecision {
  readonly input: Verdict
  readonly history: RequestHistory
  readonly judged: JudgedClick
  readonly reason: string | null
  /** Approved for less. Null: as asked for. */
  readonly shorterSeconds: number | null
}

/** Judges the verdict, and records a refusal. `answer`: it cannot be recorded. Throws `DirectoryUnavailable`. */
export async function prepareDecision(
  ports: DecidePorts,
  input: Verdict,
): Promise<PreparedDecision | { readonly answer: DecisionAnswer }> {
  const history = await ports.store.histories.byRequest(input.requestId)
  if (!history) return { answer: { kind: 'unknown' } }
  // The second press of one button. The stage may be complete by the first, and the policies judge the next one.
  if (hasPressedBefore(history, input)) return { answer: { kind: 'repeated', history } }
  const shorter = readShorter(history, input, null)
  const seconds = 'problem' in shorter ? null : shorter.seconds
  const now = ports.clock.now()
  const judged = await judgeApprover(ports, input.by, history, {
    verdict: input.verdict,
    durationSeconds: seconds,
    verified: verifiedBy(input.proof, now),
  })
  if (!judged.policy.allowed) return { answer: await refuse(ports, judged, history) }
  const read = input.verdict === 'deny' ? readReason(input.reason) : { reason: null }
  if ('problem' in read) return { answer: { kind: 'invalid', problems: [read.problem] } }
  const less = readShorter(history, input, judged.state.durationSeconds)
  if ('problem' in less) return { answer: { kind: 'invalid', problems: [less.problem] } }
  if (judged.needsProof) return { answer: needsProof(intentOf(input)) }
  if (less.seconds !== null && isOverBefore(now, history, less.seconds))
    return { answer: { kind: 'invalid', problems: [overAlready] } }
  return { input, history, judged, reason: read.reason, shorterSeconds: less.seconds }
}

/** Records the verdict, if it still counts now that the request is locked. */
export async function decideInTransaction(
  ports: Pick<Ports, 'catalog'>,
  tx: Transaction,
  { input, history, judged, reason, shorterSeconds }: PreparedDecision,
  now: Date,
): Promise<DecisionOutcome> {
  const { approver, asker, policy, state } = judged
  // A grant is locked before a request that extends its lease.
  const lease = history.extends && (await tx.grants.lock(history.extends.grant.id))
  const [request, decisions, account, freeze] = await Promise.all([
    tx.requests.lock(input.requestId),
    tx.decisions.list(input.requestId),
    tx.accounts.upsert(approver.account),
    input.verdict === 'approve' ? frozenForApproval(tx, history, approver.facts.person, now) : null,
  ])
  if (!request) return { kind: 'unknown' }
  // The end of a guest's account may have changed since. A lease must not go beyond it.
  if (guestEnd(asker.account) !== guestEnd(history.requester)) await tx.accounts.upsert(asker.account)
  if (request.status !== 'pending') return foundClosed(tx, request, decisions, account, now)
  const isOver = isOverBefore(now, history, shorterSeconds ?? state.durationSeconds)
  if (request.expiresAt <= now || (isOver && input.verdict === 'approve')) {
    await closeRequest(tx, request, 'expired', daypass, now)
    return { kind: 'closed' }
  }
  if (history.extends && !isActiveAt(lease, now)) {
    await closeRequest(tx, request, 'cancelled', daypass, now)
    return { kind: 'closed' }
  }
  if (freeze) return { kind: 'frozen', freeze }
  const decision = {
    requestId: request.id,
    approverId: account.id,
    approverPerson: account.personId,
    verdict: input.verdict,
    countsAs: judged.countsAs,
    durationSeconds: shorterSeconds,
    reason,
    policy,
    stepUpId: input.proof?.stepUpId ?? null,
    decidedAt: now,
  }
  const permitted = { judged, decision, account, stage: input.stage ?? null, proof: input.proof }
  const outcome = await recordDecision(ports, tx, request, decisions, permitted)
  return outcome.kind === 'recorded' ? { ...outcome, approverId: account.id } : outcome
}

/** The answer after the transaction. Records that a freeze refused the approval. */
export async function answerOf(
  ports: Pick<Ports, 'store' | 'clock'>,
  { history, judged: { approver, policy } }: PreparedDecision,
  outcome: DecisionOutcome,
): Promise<DecisionAnswer> {
  switch (outcome.kind) {
    case 'unknown':
      return { kind: 'unknown' }
    case 'frozen': {
      const { freeze } = outcome
      await recordRefusal(ports, approver.account, (actor, at) =>
        ofRequest(history.request, 'decision.refused', actor, at, { policy, details: frozenDetails(freeze) }),
      )
      return { kind: 'frozen', freeze, history }
    }
    case 'recorded':
      return { kind: 'recorded', history: { ...history, ...outcome.change } }
    case 'repeated':
    case 'closed':
    case 'moved_on':
    case 'not_needed':
      return { kind: outcome.kind, history: await reread(ports, history) }
  }
}

function intentOf({ requestId, verdict, reason, stage = null, duration = null }: Verdict): Intent {
  return { kind: 'decide', requestId, verdict, reason, stage, duration }
}

function hasPressedBefore({ request, decisions }: RequestHistory, { by, stage, verdict }: Verdict): boolean {
  if (request.status !== 'pending' || verdict !== 'approve') return false
  return decisions.some(
    ({ approver, stage: decided }) =>
      approver.userId === by.userId && approver.teamId === by.teamId && decided === (stage ?? decided),
  )
}

/** The typed duration, if it is shorter than `most`. */
function readShorter(
  { request, decisions }: RequestHistory,
  { verdict, duration = null }: Verdict,
  most: number | null,
): { seconds: number | null } | { problem: FieldProblem<'duration'> } {
  if (verdict === 'deny' || duration === null) return { seconds: null }
  const parsed = parseDuration(duration)
  const field = 'duration'
  if (request.asksFor.kind === 'action')
    return { problem: { field, message: 'An action is run once: it is approved as it is, or not at all.' } }
  if (!parsed.ok) return { problem: { field, message: describeDurationProblem(parsed.problem, duration) } }
  if (most === null || parsed.seconds < most) return { seconds: parsed.seconds }
  const isShortened = decisions.some(({ durationSeconds }) => durationSeconds !== null)
  const why = isShortened && most < request.durationSeconds ? 'is approved so far' : 'was asked for'
  const message = `${formatDuration(most)} ${why}. Write a shorter time, or go back and press Approve.`
  return { problem: { field, message } }
}

/** Whether the planned time of the request would be over already. */
function isOverBefore(now: Date, { request: { startsAt } }: RequestHistory, seconds: number): boolean {
  return startsAt !== null && plannedEnd(startsAt, seconds) <= now
}

const overAlready: FieldProblem<'duration'> = {
  field: 'duration',
  message: 'So short a time would be over already: it counts from the planned start. Write a longer time.',
}

function guestEnd({ guestExpiresAt }: { readonly guestExpiresAt: Date | null }): number | null {
  return guestExpiresAt?.getTime() ?? null
}

function isActiveAt(grant: Grant | null, now: Date): boolean {
  return grant?.status === 'active' && now < grant.lease.endsAt
}

export type DecisionOutcome =
  | (Extract<RecordedDecision, { kind: 'recorded' }> & { readonly approverId: string })
  | Exclude<RecordedDecision, { kind: 'recorded' }>
  | { readonly kind: 'closed' | 'unknown' }
  | { readonly kind: 'frozen'; readonly freeze: Freeze }

async function refuse(
  ports: Pick<Ports, 'store' | 'clock'>,
  { approver, policy, isOutdated }: JudgedClick,
  history: RequestHistory,
): Promise<{ kind: 'refused'; policy: PolicyResult; history: RequestHistory }> {
  await recordRefusal(ports, approver.account, (actor, at) =>
    ofRequest(history.request, 'decision.refused', actor, at, { policy }),
  )
  // The catalog changed since the card was posted, so the card must say so.
  if (isOutdated) await ports.store.transaction((tx) => redraw(tx, history.request.id, ports.clock.now()))
  return { kind: 'refused', policy, history }
}

/** The request is closed, but a message still shows its buttons. Orders an edit of the messages. */
async function foundClosed(
  tx: Transaction,
  request: ClosedRequest,
  decisions: readonly Decision[],
  account: Account,
  now: Date,
): Promise<DecisionOutcome> {
  await redraw(tx, request.id, now)
  return { kind: decisions.some(({ approverId }) => approverId === account.id) ? 'repeated' : 'closed' }
}

async function reread({ store }: Pick<Ports, 'store'>, before: RequestHistory): Promise<RequestHistory> {
  return (await store.histories.byRequest(before.request.id)) ?? before
}
