import type { Account } from '../../../domain/account.ts'
import { type Actor, actorOf, daypass, type Json } from '../../../domain/audit-event.ts'
import type { Engagement, NewEngagement, Sponsor } from '../../../domain/engagement.ts'
import { engagementMessage } from '../../../domain/engagement-message.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { Transaction } from '../../../domain/transaction.ts'
import { redrawScheduled, shortenLeases } from '../../_shared/shorten-leases.ts'
import { closeAccess } from './close-access.ts'
import { ofEngagement } from './engagement-events.ts'
import { orderEngagementMessage, redrawEngagement } from './order-engagement-messages.ts'
import { planEngagement } from './plan-engagement.ts'

type CatalogPort = Pick<Ports, 'catalog'>

/** Null: the person has an open engagement. One whose time is over is closed first. */
export async function addEngagement(
  tx: Transaction,
  fields: NewEngagement,
  actor: Actor,
  now: Date,
): Promise<Engagement | null> {
  const open = await tx.engagements.lockOpenOf(fields.personId)
  if (open && open.endsAt > now) return null
  if (open) await endEngagement(tx, open, null, now)
  const added = await tx.engagements.insert(fields)
  if (!added) return null
  await tx.audit.append(
    ofEngagement(added, 'engagement.added', actor, now, {
      sponsor: added.sponsor.personId,
      starts_at: added.startsAt.toISOString(),
      ends_at: added.endsAt.toISOString(),
    }),
  )
  await planEngagement(tx, added, now)
  return added
}

/** Moves the end. Leases that would outlive an earlier end are shortened. */
export async function moveEnd(
  { catalog }: CatalogPort,
  tx: Transaction,
  engagement: Engagement,
  endsAt: Date,
  actor: Actor,
  now: Date,
): Promise<Engagement> {
  const isLater = endsAt > engagement.endsAt
  const details = { ends_at: endsAt.toISOString(), would_have_ended_at: engagement.endsAt.toISOString() }
  const action = isLater ? 'engagement.extended' : 'engagement.shortened'
  const moved = await save(
    tx,
    { ...engagement, endsAt, generation: engagement.generation + 1 },
    action,
    details,
    actor,
    now,
  )
  await planEngagement(tx, moved, now)
  for (const { id: accountId } of await tx.accounts.ofPerson(moved.personId)) {
    if (!isLater) await shortenLeases({ catalog }, tx, { accountId, accountEndsAt: endsAt, now })
    await redrawScheduled(tx, accountId, now)
  }
  return moved
}

/** Another employee becomes the sponsor. */
export async function handOver(
  tx: Transaction,
  engagement: Engagement,
  sponsor: Sponsor,
  actor: Actor,
  now: Date,
): Promise<Engagement> {
  const details = { from: engagement.sponsor.personId, to: sponsor.personId }
  const generation = engagement.generation + 1
  const changed = { ...engagement, sponsor, generation, sponsorLeftAt: null }
  const saved = await save(tx, changed, 'engagement.handed_over', details, actor, now)
  await planEngagement(tx, saved, now)
  return saved
}

/** The sponsor lets the engagement end at its time, so no further notice is sent. */
export function keepEnd(
  tx: Transaction,
  engagement: Engagement,
  actor: Actor,
  now: Date,
): Promise<Engagement> {
  const details = { ends_at: engagement.endsAt.toISOString() }
  const kept = { ...engagement, generation: engagement.generation + 1 }
  return save(tx, kept, 'engagement.end_confirmed', details, actor, now)
}

/** Corrects company, tags or start. They limit no lease. */
export function correct(
  tx: Transaction,
  engagement: Engagement,
  changes: Partial<Pick<Engagement, 'company' | 'tags' | 'startsAt'>>,
  actor: Actor,
  now: Date,
): Promise<Engagement> {
  const details = { fields: Object.keys(changes) }
  return save(tx, { ...engagement, ...changes }, 'engagement.corrected', details, actor, now)
}

/** Ends the engagement. The person's pending requests are closed and the grants revoked. `by`: null if its time is over. */
export async function endEngagement(
  tx: Transaction,
  engagement: Engagement,
  by: Account | null,
  now: Date,
): Promise<Engagement> {
  const actor = by ? actorOf(by) : daypass
  const ended: Engagement = { ...engagement, endedAt: now, endedById: by?.id ?? null }
  const accounts = await tx.accounts.ofPerson(ended.personId)
  const closed = await closeAccess(
    tx,
    accounts.map(({ id }) => id),
    now,
    actor,
  )
  await save(tx, ended, 'engagement.ended', { ...closed }, actor, now)
  for (const purpose of ['sponsor:ended', 'contractor:ended'] as const)
    await orderEngagementMessage(tx, engagementMessage(ended, purpose), now)
  return ended
}

async function save(
  tx: Transaction,
  engagement: Engagement,
  action: Parameters<typeof ofEngagement>[1],
  details: Record<string, Json>,
  actor: Actor,
  now: Date,
): Promise<Engagement> {
  await tx.engagements.save(engagement)
  await tx.audit.append(ofEngagement(engagement, action, actor, now, details))
  await redrawEngagement(tx, engagement, now)
  return engagement
}
