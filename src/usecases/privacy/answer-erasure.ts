import { actorOf, type Json } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Erasure, KeptFromErasure, Transaction } from '../../domain/transaction.ts'
import type { AccountKey } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { identifyLead } from '../_shared/security-lead.ts'
import { aboutErasure } from './ask-erasure.ts'

/** `own`: the person asked for it. `not_lead`: the catalog does not name this person as a security lead. */
export type AnswerErasureAnswer =
  /** `kept`: what legal holds kept. It has to be asked for again when they are lifted. */
  | { readonly kind: 'erased'; readonly texts: number; readonly kept: readonly KeptFromErasure[] }
  | { readonly kind: 'declined' | 'answered_before' | 'unknown' }
  | { readonly kind: 'refused'; readonly because: 'own' | 'not_lead' }

type AnswerPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/**
 * Confirms or declines an erasure. Confirmed by a second security lead, the texts are erased at once, with their salts, and every
 * message that shows them is edited. The events stay, and so does every proof. Throws `DirectoryUnavailable`.
 */
export async function answerErasure(
  ports: AnswerPorts,
  { by, erasureId, confirmed }: { by: AccountKey; erasureId: string; confirmed: boolean },
): Promise<AnswerErasureAnswer> {
  const { person, isLead } = await identifyLead(ports, by)
  const { store, clock } = ports
  const answer = await store.transaction(async (tx): Promise<AnswerErasureAnswer | Refused> => {
    const erasure = await tx.erasures.lock(erasureId)
    if (!erasure) return { kind: 'unknown' }
    if (!isLead) return { kind: 'refused', because: 'not_lead', erasure }
    if (erasure.answer !== null) return { kind: 'answered_before' }
    const account = await tx.accounts.upsert(person.account)
    const asker = await tx.accounts.find(erasure.askedById)
    if (confirmed && asker?.personId === account.personId) return { kind: 'refused', because: 'own', erasure }
    const at = clock.now()
    await tx.erasures.answer(erasureId, { confirmed, byId: account.id, at })
    const texts = confirmed ? await erase(tx, erasureId, at) : 0
    const kept = confirmed ? await tx.holds.keepingFrom(erasure.about) : []
    await tx.audit.append({
      ...aboutErasure(erasure.about),
      at,
      actor: actorOf(account),
      action: confirmed ? 'erasure.confirmed' : 'erasure.declined',
      details: { erasure: erasureId, ...(confirmed ? { texts } : {}), ...keptDetails(kept) },
    })
    return confirmed ? { kind: 'erased', texts, kept } : { kind: 'declined' }
  })
  if (!('erasure' in answer)) return answer
  const { because, erasure } = answer
  await recordRefusal(ports, person.account, (actor, at) => ({
    ...aboutErasure(erasure.about),
    at,
    actor,
    action: 'erasure.refused',
    details: { erasure: erasureId, because },
  }))
  return { kind: 'refused', because }
}

function keptDetails(kept: readonly KeptFromErasure[]): Record<string, Json> {
  if (kept.length === 0) return {}
  return {
    kept_by_holds: Object.fromEntries(
      kept.map(({ reference, requests }) => [reference, requests.slice(0, mostNamed)]),
    ),
  }
}
const mostNamed = 100

type Refused = Extract<AnswerErasureAnswer, { kind: 'refused' }> & { readonly erasure: Erasure }

async function erase(tx: Transaction, erasureId: string, at: Date): Promise<number> {
  const { texts, requestIds } = await tx.erasures.erase(erasureId)
  for (const requestId of requestIds) {
    const grant = await tx.grants.findByRequest(requestId)
    const subjects = [
      { kind: 'request' as const, id: requestId },
      ...(grant ? [{ kind: 'grant' as const, id: grant.id }] : []),
    ]
    for (const { subject, purpose, variant } of await tx.messages.list(subjects))
      await tx.outbox.add({ kind: 'deliver_message', subject, purpose, variant }, at)
  }
  for (const messageId of await tx.alerts.messagesAbout(requestIds))
    await tx.outbox.add({ kind: 'tell_alerts', messageId }, at)
  return texts
}
