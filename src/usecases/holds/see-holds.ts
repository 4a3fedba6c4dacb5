import { actorOf } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import type { LegalHold } from '../../domain/record/legal-hold.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import type { AccountKey } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { identifyLead } from '../_shared/security-lead.ts'

export type SeenHolds =
  | { readonly kind: 'list'; readonly holds: readonly LegalHold[] }
  | { readonly kind: 'refused' }

const most = 20

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
  return { kind: 'list', holds: await store.holds.list(most) }
}
