import { actorOf } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import type { LegalHold } from '../../domain/record/legal-hold.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import type { AccountKey } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { identifyLead } from '../_shared/security-lead.ts'

export type SeenHolds =
  /** `hasMore`: there are more holds than these. */
  | { readonly kind: 'list'; readonly holds: readonly LegalHold[]; readonly hasMore: boolean }
  | { readonly kind: 'refused' }

/** Each takes up to three of the 50 blocks of a message. */
const most = 15

/** Shows a security lead the legal holds, those that stand first. The question is recorded. Throws `DirectoryUnavailable`. */
export async function seeHolds(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>,
  { by }: { by: AccountKey },
): Promise<SeenHolds> {
  const { store, clock } = ports
  const { person, isLead } = await identifyLead(ports, by)
  const details = { asked: 'legal holds' }
  if (!isLead) {
    await recordRefusal(ports, person.account, (actor, at) => ({
      ...ofNoRequest(null),
      ...{ at, actor, action: 'audit.refused', details },
    }))
    return { kind: 'refused' }
  }
  await store.transaction(async (tx) => {
    const actor = actorOf(await tx.accounts.upsert(person.account))
    await tx.audit.append({
      ...ofNoRequest(null),
      ...{ at: clock.now(), actor, action: 'audit.queried', details },
    })
  })
  const holds = await store.holds.list(most + 1)
  return { kind: 'list', holds: holds.slice(0, most), hasMore: holds.length > most }
}
