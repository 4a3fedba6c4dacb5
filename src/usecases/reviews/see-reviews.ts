import { actorOf } from '../../domain/audit-event.ts'
import type { Campaign, CampaignView } from '../../domain/campaign.ts'
import type { Ports } from '../../domain/ports.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import type { AccountKey } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { identifyLead } from '../_shared/security-lead.ts'

export type SeenReviews =
  | { readonly kind: 'list'; readonly campaigns: readonly Campaign[] }
  | { readonly kind: 'view'; readonly view: CampaignView }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unknown' }

const most = 20

/** Shows a security lead the newest reviews, or one. The question is recorded. Throws `DirectoryUnavailable`. */
export async function seeReviews(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>,
  { by, reference }: { by: AccountKey; reference: string | null },
): Promise<SeenReviews> {
  const { store, clock } = ports
  const { person, isLead } = await identifyLead(ports, by)
  const details = { reviews: reference?.slice(0, 20) ?? 'all' }
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
  if (reference === null) return { kind: 'list', campaigns: await store.campaigns.list(most) }
  const view = await store.campaigns.byReference(reference, clock.now())
  return view ? { kind: 'view', view } : { kind: 'unknown' }
}
