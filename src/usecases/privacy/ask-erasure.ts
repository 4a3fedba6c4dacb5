import { actorOf } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Subject } from '../../domain/subject.ts'
import type { Erasure, KeptFromErasure } from '../../domain/transaction.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import type { AccountKey } from '../_shared/person.ts'
import { identifyLead } from '../_shared/security-lead.ts'

export type AskErasureAnswer =
  /** `kept`: what legal holds would keep from it now. */
  | { readonly kind: 'asked'; readonly erasureId: string; readonly kept: readonly KeptFromErasure[] }
  /** The asker is no security lead. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'unknown' }

type AskPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/**
 * Asks to erase the free texts of a request (`AR-1042`), or those of a person: what they typed, and everything on their requests.
 * Another security lead has to confirm it in Slack. Throws `DirectoryUnavailable`.
 */
export async function askErasure(
  ports: AskPorts,
  { by, about }: { by: AccountKey; about: string },
): Promise<AskErasureAnswer> {
  const { person, isLead } = await identifyLead(ports, by)
  if (!isLead) return { kind: 'refused' }
  const { store, clock } = ports
  const found = await find(ports, by.teamId, about)
  if (!found) return { kind: 'unknown' }
  return store.transaction(async (tx) => {
    const asker = await tx.accounts.upsert(person.account)
    const askedAt = clock.now()
    const erasureId = await tx.erasures.insert({ about: found, askedAt, askedById: asker.id })
    await tx.audit.append({
      ...aboutErasure(found),
      at: askedAt,
      actor: actorOf(asker),
      action: 'erasure.asked',
      details: { erasure: erasureId },
    })
    const notice = { kind: 'erasure_asked' as const, erasureId, askedBy: by.userId, about }
    await tx.outbox.add({ kind: 'tell_security', at: askedAt.toISOString(), notice }, askedAt)
    return { kind: 'asked', erasureId, kept: await tx.holds.keepingFrom(found) }
  })
}

async function find(
  { store }: Pick<Ports, 'store'>,
  teamId: string,
  about: string,
): Promise<Erasure['about'] | null> {
  if (/^[UW]/.test(about)) {
    const account = await store.transaction((tx) => tx.accounts.findByUserId(teamId, about))
    return account && { kind: 'person', accountId: account.id }
  }
  const history = await store.histories.byReference(about)
  return history && { kind: 'request', requestId: history.request.id }
}

/** The ids of an event about an erasure. */
export function aboutErasure(about: Erasure['about']) {
  if (about.kind === 'request') {
    const subject: Subject = { kind: 'request', id: about.requestId }
    return { ...ofNoRequest(subject), requestId: about.requestId }
  }
  const subject: Subject = { kind: 'account', id: about.accountId }
  return { ...ofNoRequest(subject), accountId: about.accountId }
}
