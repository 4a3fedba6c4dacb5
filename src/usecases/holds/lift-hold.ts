import { actorOf } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import { type LegalHold, parseHoldReference } from '../../domain/record/legal-hold.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import type { AccountKey, Identified } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { identifyLead } from '../_shared/security-lead.ts'
import { ofHold } from './_hold-event.ts'

/** `own`: one person alone lifts no hold. `subject`: the hold is about this person. */
type NotThisPerson = { readonly kind: 'refused'; readonly because: 'not_lead' | 'own' | 'subject' }
type NotThisHold = { readonly kind: 'unknown' | 'lifted_before' }

export type AskLiftAnswer =
  | { readonly kind: 'asked' | 'asked_before'; readonly hold: LegalHold }
  | NotThisHold
  | NotThisPerson

export type AnswerLiftAnswer =
  | { readonly kind: 'lifted' | 'declined'; readonly hold: LegalHold }
  /** Nobody asks to lift it now. */
  | { readonly kind: 'not_asked' }
  | NotThisHold
  | NotThisPerson

type LiftPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Asks to lift a legal hold. Another security lead has to confirm it. Throws `DirectoryUnavailable`. */
export function askLift(
  ports: LiftPorts,
  { by, reference }: { by: AccountKey; reference: string },
): Promise<AskLiftAnswer> {
  return withHold(ports, { by, reference, asked: 'lift' }, async (tx, hold, account, at) => {
    if (hold.liftAsked) return { kind: 'asked_before', hold }
    await tx.holds.askLift(hold.id, { at, byId: account.id })
    await tx.audit.append(ofHold(hold, 'hold.lift_asked', actorOf(account), at))
    await tx.outbox.add({ kind: 'tell_hold', hold: hold.reference, change: 'lift_asked' }, at)
    return { kind: 'asked', hold }
  })
}

/**
 * Confirms or declines that a legal hold is lifted. Then retention goes on, and outputs whose time is over are removed. What an erasure
 * left because of it has to be asked for again. Throws `DirectoryUnavailable`.
 */
export function answerLift(
  ports: LiftPorts,
  { by, reference, confirmed }: { by: AccountKey; reference: string; confirmed: boolean },
): Promise<AnswerLiftAnswer> {
  return withHold(ports, { by, reference, asked: 'answer' }, async (tx, hold, account, at) => {
    if (!hold.liftAsked) return { kind: 'not_asked' }
    if (!confirmed) {
      await tx.holds.declineLift(hold.id)
      await tx.audit.append(ofHold(hold, 'hold.lift_declined', actorOf(account), at))
      return { kind: 'declined', hold }
    }
    const asker = await tx.accounts.find(hold.liftAsked.by.id)
    if (asker?.personId === account.personId) return { kind: 'refused', because: 'own' }
    await tx.holds.lift(hold.id, { at, byId: account.id })
    const details = { asked_by: hold.liftAsked.by.userId }
    await tx.audit.append(ofHold(hold, 'hold.lifted', actorOf(account), at, details))
    for (const runId of await tx.runs.overdueOutputs(at))
      await tx.outbox.add({ kind: 'forget_output', runId }, at)
    await tx.outbox.add({ kind: 'tell_hold', hold: hold.reference, change: 'lifted' }, at)
    return { kind: 'lifted', hold }
  })
}

type LiftAccount = Awaited<ReturnType<Transaction['accounts']['upsert']>>
type Work<Answer> = (tx: Transaction, hold: LegalHold, account: LiftAccount, at: Date) => Promise<Answer>

/** Locks a hold that stands, for a security lead whom it is not about. Records a refusal. */
async function withHold<Answer extends { readonly kind: string }>(
  ports: LiftPorts,
  { by, reference, asked }: { by: AccountKey; reference: string; asked: 'lift' | 'answer' },
  work: Work<Answer | NotThisPerson>,
): Promise<Answer | NotThisHold | NotThisPerson> {
  const { store, clock } = ports
  const { person, isLead } = await identifyLead(ports, by)
  const number = parseHoldReference(reference)
  let found: LegalHold | null = null
  const answer = await store.transaction(async (tx): Promise<Answer | NotThisHold | NotThisPerson> => {
    const hold = number === null ? null : await tx.holds.lock(number)
    found = hold
    if (!isLead) return { kind: 'refused', because: 'not_lead' }
    if (!hold) return { kind: 'unknown' }
    if (hold.lifted) return { kind: 'lifted_before' }
    const account = await tx.accounts.upsert(person.account)
    if (hold.scope.kind === 'person' && hold.scope.account.personId === account.personId)
      return { kind: 'refused', because: 'subject' }
    return work(tx, hold, account, clock.now())
  })
  if (isRefused(answer)) await record(ports, person, { hold: found, asked, because: answer.because })
  return answer
}

function isRefused(answer: { readonly kind: string }): answer is NotThisPerson {
  return answer.kind === 'refused'
}

function record(
  ports: LiftPorts,
  { account }: Identified,
  { hold, asked, because }: { hold: LegalHold | null; asked: string; because: string },
): Promise<void> {
  return recordRefusal(ports, account, (actor, at) =>
    hold
      ? ofHold(hold, 'hold.refused', actor, at, { asked, because })
      : { ...ofNoRequest(null), at, actor, action: 'hold.refused', details: { asked, because } },
  )
}
