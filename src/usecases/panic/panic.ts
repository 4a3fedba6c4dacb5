import { randomUUID } from 'node:crypto'
import type { Account } from '../../domain/account.ts'
import { actorOf } from '../../domain/audit-event.ts'
import type { Freeze, NamedScope, Scope } from '../../domain/freeze.ts'
import type { Panic, PanicCounts } from '../../domain/panic.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Intent, Proof } from '../../domain/step-up.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { type FieldProblem, readReason } from '../_shared/field-problem.ts'
import { scopeIds } from '../_shared/freeze-event.ts'
import { judgeScope, type NotThisScope } from '../_shared/judge-scope.ts'
import { orderRequestMessages } from '../_shared/order-messages.ts'
import type { AccountKey, Identified } from '../_shared/person.ts'
import {
  changedLately,
  type NeedsProof,
  needsProof,
  proofDetails,
  stepUpRules,
  useProof,
} from '../_shared/proofs.ts'
import { type FreezeField, readFreezeEnd } from '../_shared/read-freeze-end.ts'
import { startFreeze } from '../_shared/start-freeze.ts'

export type MayPanicAnswer =
  | { readonly kind: 'may'; readonly scope: Scope; readonly counts: PanicCounts }
  | NotThisScope

export type PanicAnswer =
  | { readonly kind: 'begun'; readonly panic: Panic; readonly freeze: Freeze | null }
  /** The same form was sent before. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem<FreezeField>[] }
  | NeedsProof
  | NotThisScope

export interface PanicOrder {
  readonly by: AccountKey
  readonly named: NamedScope
  readonly reason: string
  /** The end of the freeze as it was typed. Null: no freeze is wanted. */
  readonly freezeUntil: string | null
  /** One per Slack interaction. */
  readonly submissionKey: string
  readonly proof?: Proof | undefined
}

type PanicPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Dry run of `panic`: counts what it would take back. It also records a refusal. */
export async function mayPanic(
  ports: PanicPorts,
  { by, named }: Pick<PanicOrder, 'by' | 'named'>,
): Promise<MayPanicAnswer> {
  const judged = await judgeScope(ports, by, named, 'panic.refused')
  if (judged.kind !== 'may') return judged
  const { scope } = judged
  return { kind: 'may', scope, counts: await ports.store.transaction((tx) => tx.panics.count(scope)) }
}

/**
 * Takes back all access of a scope, and freezes the scope where that is wanted. This transaction decides what is taken back: nothing
 * is given beside it. The revocations are ordered after it, in batches. Throws `DirectoryUnavailable`, and `ProofNotUsable`.
 */
export async function panic(ports: PanicPorts, order: PanicOrder): Promise<PanicAnswer> {
  const { store, clock } = ports
  const judged = await judgeScope(ports, order.by, order.named, 'panic.refused')
  if (judged.kind !== 'may') return judged
  const { scope, policy, person } = judged
  const why = readReason(order.reason)
  const until =
    order.freezeUntil === null ? null : readFreezeEnd(order.freezeUntil, person.account.timeZone, clock.now())
  if ('problem' in why || (until && 'problem' in until)) {
    const problems = [why, ...(until ? [until] : [])].flatMap((read) =>
      'problem' in read ? [read.problem] : [],
    )
    return { kind: 'invalid', problems }
  }
  const { reason } = why
  const { proof } = order
  if (!proof && asksForProof(ports, person)) return needsProof(intentOf(order))
  return store.transaction(async (tx): Promise<PanicAnswer> => {
    if (!(await tx.interactions.claim(`panic ${order.submissionKey}`, clock.now())))
      return { kind: 'repeated' }
    await useProof(tx, proof, clock.now())
    const account = await tx.accounts.upsert(person.account)
    const id = randomUUID()
    // Before the lock: a use locks its approval in advance first, and waits for freezes after that.
    const before = await withdrawPreApprovals(tx, { id, scope, account, at: clock.now() })
    await tx.freezes.lock()
    // One that was made meanwhile. None can be made while this holds the lock.
    const withdrawn = before + (await withdrawPreApprovals(tx, { id, scope, account, at: clock.now() }))
    const counts = await tx.panics.count(scope)
    const at = clock.now()
    const started = until && (await startFreeze(tx, { scope, reason, endsAt: until.endsAt }, account, at))
    const begun: Panic = {
      id,
      ...{ scope, reason, by: account, at, counts },
      freezeId: started?.freeze.id ?? null,
      orderedAt: null,
      finishedAt: null,
    }
    await tx.panics.insert(begun)
    await tx.panics.collect(begun)
    await tx.audit.append({
      ...ofNoRequest({ kind: 'panic', id: begun.id }),
      ...scopeIds(scope),
      ...{ at, actor: actorOf(account), action: 'panic.begun', policy },
      details: {
        scope: scope.kind,
        ...counts,
        pre_approvals: withdrawn,
        freeze: begun.freezeId,
        ...proofDetails(proof),
      },
    })
    await tx.outbox.add({ kind: 'order_panic', panicId: begun.id }, at)
    await tx.outbox.add({ kind: 'tell_panic', panicId: begun.id }, at)
    return { kind: 'begun', panic: begun, freeze: started?.freeze ?? null }
  })
}

/** What was approved in advance would be given again without anybody. Returns their number. */
async function withdrawPreApprovals(
  tx: Transaction,
  { id, scope, account, at }: { id: string; scope: Scope; account: Account; at: Date },
): Promise<number> {
  const withdrawn = await tx.preApprovals.withdrawAll(scope, { byId: account.id, at })
  for (const { reference, requestId, requesterId, resourceId, entitlementId } of withdrawn) {
    await tx.audit.append({
      ...ofNoRequest({ kind: 'request', id: requestId }),
      ...{ requestId, accountId: requesterId, resourceId, entitlementId },
      ...{ at, actor: actorOf(account), action: 'pre_approval.withdrawn' },
      details: { pre_approval: reference, panic: id },
    })
    await orderRequestMessages(tx, requestId, ['requester:pre_approved', 'card'], at)
  }
  return withdrawn.length
}

function asksForProof(
  { catalog, clock }: Pick<Ports, 'catalog' | 'clock'>,
  { change }: Pick<Identified, 'change'>,
): boolean {
  return stepUpRules(catalog).revokeAll || changedLately(catalog, change, clock.now()) !== null
}

function intentOf({ named, reason, freezeUntil, submissionKey }: PanicOrder): Intent {
  return { kind: 'panic', named, reason, freezeUntil, submissionKey }
}
