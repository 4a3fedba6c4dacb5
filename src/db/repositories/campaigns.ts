import { and, eq, sql } from 'drizzle-orm'
import type { NewItem } from '../../domain/campaign.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { readCampaigns, readItems } from '../campaign-views.ts'
import type { Session } from '../in-transaction.ts'
import { insertAll } from '../insert-all.ts'
import { campaignItems, campaignPosts, campaigns } from '../schema/campaigns.ts'
import { isUuid } from '../text.ts'

const insertItems = insertAll(campaignItems)

export function campaignsIn({ db, run, pipeline }: Session): Transaction['campaigns'] {
  return {
    insert: async ({ resourceIds, of, remindersSeconds, ...campaign }) => {
      const [row] = await db
        .insert(campaigns)
        .values({
          ...campaign,
          of: [...of],
          resourceIds: resourceIds && [...resourceIds],
          remindersSeconds: [...remindersSeconds],
        })
        .onConflictDoNothing()
        .returning({ id: campaigns.id })
      const [inserted] = row ? await readCampaigns(db, sql`c.id = ${row.id}`) : []
      return inserted ?? null
    },
    lock: async (id) => {
      if (!isUuid(id)) return null
      const [campaign] = await readCampaigns(db, sql`c.id = ${id} for no key update of c`)
      return campaign ?? null
    },
    save: async ({
      id,
      dueAt,
      collectedAt,
      notCovered,
      remindedAt,
      escalatedAt,
      closingAt,
      closedAt,
      signedOff,
    }) => {
      const times = { dueAt, collectedAt, remindedAt, escalatedAt, closingAt, closedAt }
      const signed = { signedOffAt: signedOff?.at ?? null, signedOffById: signedOff?.by.id ?? null }
      pipeline(
        db
          .update(campaigns)
          .set({ ...times, ...signed, notCovered })
          .where(eq(campaigns.id, id)),
      )
    },
    whatPeopleHave: async ({ of, resourceIds, leasesLongerThanSeconds }, now) => {
      const ids = resourceIds && sql.param([...resourceIds])
      const at = now.toISOString()
      const inScope = (column: string) => (ids ? sql`${sql.raw(column)} = any(${ids})` : sql`true`)
      const found = await db.execute<Record<string, unknown> & NewItem & { since: Date | string | null }>(sql`
        select 'lease' as kind, g.holder_id as account_id, a.display_name as who, g.resource_id, g.entitlement_id,
          r.terms ->> 'entitlementName' as what, coalesce(g.activated_at, g.created_at) as since, r.id as request_id, g.id as grant_id,
          null::uuid as pre_approval_id, null::uuid as engagement_id
        from grants g join requests r on r.id = g.request_id join accounts a on a.id = g.holder_id
        where ${of.includes('lease')} and g.status in ('scheduled', 'activating', 'active') and ${inScope('g.resource_id')}
          and coalesce(extract(epoch from g.lease_ends_at - g.activated_at), g.duration_seconds) > ${leasesLongerThanSeconds}::int
        union all
        select 'pre_approval', r.requester_id, a.display_name, r.resource_id, r.entitlement_id, r.terms ->> 'entitlementName', p.made_at,
          r.id, null, p.id, null
        from pre_approvals p join requests r on r.id = p.request_id join accounts a on a.id = r.requester_id
        where ${of.includes('pre_approval')} and p.withdrawn_at is null and p.good_through > ${at}::timestamptz
          and ${inScope('r.resource_id')}
        union all
        select 'engagement', a.id, a.display_name, null, null, e.company, e.starts_at, null, null, null, e.id
        from engagements e join lateral (select c.id, c.display_name from accounts c where c.person_id = e.person_id
          order by c.is_deactivated, c.is_guest, c.id limit 1) a on true
        where ${of.includes('engagement') && resourceIds === null} and e.ended_at is null and e.ends_at > ${at}::timestamptz`)
      return found.map(({ since, ...item }) => ({
        ...item,
        since: since === null ? null : new Date(since),
        standingKey: null,
      }))
    },
    addItems: async (campaignId, items) => {
      if (items.length > 0)
        pipeline(
          run(insertItems, {
            rows: items.map((item) => ({ ...item, campaignId, reviewers: [...item.reviewers] })),
          }),
        )
    },
    items: (campaignId, now) => readItems(db, sql`i.campaign_id = ${campaignId}`, now),
    item: async (id, now) => {
      const [item] = isUuid(id) ? await readItems(db, sql`i.id = ${id}`, now) : []
      return item ?? null
    },
    assign: async (itemId, { reviewers, byLeads }) =>
      pipeline(
        db
          .update(campaignItems)
          .set({ reviewers: [...reviewers], byLeads })
          .where(eq(campaignItems.id, itemId)),
      ),
    decide: async (itemId, { verdict, at, by, reason, until }) =>
      pipeline(
        db
          .update(campaignItems)
          .set({ verdict, decidedAt: at, decidedById: by?.id ?? null, reason, newEnd: until })
          .where(eq(campaignItems.id, itemId)),
      ),
    markOver: async (itemId, at) =>
      pipeline(db.update(campaignItems).set({ overAt: at }).where(eq(campaignItems.id, itemId))),
    markGone: async (itemId, at) =>
      pipeline(db.update(campaignItems).set({ goneAt: at }).where(eq(campaignItems.id, itemId))),
    claimPost: async (campaignId, message, now, holdSeconds) => {
      const heldUntil = new Date(now.getTime() + holdSeconds * 1000)
      const [row] = await db
        .insert(campaignPosts)
        .values({ campaignId, message, heldUntil })
        .onConflictDoUpdate({
          target: [campaignPosts.campaignId, campaignPosts.message],
          set: { heldUntil },
          setWhere: sql`${campaignPosts.heldUntil} is null or ${campaignPosts.heldUntil} <= ${now.toISOString()}::timestamptz`,
        })
        .returning()
      if (!row) return null
      const { channelId, ts, contentHash, page } = row
      return { at: channelId === null || ts === null ? null : { channelId, ts }, contentHash, page }
    },
    savePost: async (campaignId, message, { at, contentHash }) =>
      pipeline(
        db
          .update(campaignPosts)
          .set({ channelId: at?.channelId ?? null, ts: at?.ts ?? null, contentHash, heldUntil: null })
          .where(isPost(campaignId, message)),
      ),
    turnTo: async (campaignId, message, page) =>
      pipeline(
        db
          .insert(campaignPosts)
          .values({ campaignId, message, page })
          .onConflictDoUpdate({
            target: [campaignPosts.campaignId, campaignPosts.message],
            set: { page },
          }),
      ),
    posted: async (campaignId) => {
      const rows = await db
        .select({ message: campaignPosts.message })
        .from(campaignPosts)
        .where(eq(campaignPosts.campaignId, campaignId))
      return rows.map(({ message }) => message)
    },
  }
}

function isPost(campaignId: string, message: string) {
  return and(eq(campaignPosts.campaignId, campaignId), eq(campaignPosts.message, message))
}
