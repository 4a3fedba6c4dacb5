import { type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import {
  type Campaign,
  type CampaignItem,
  type CampaignView,
  type ItemKind,
  type ItemUse,
  type ItemVerdict,
  parseCampaignReference,
  type UndecidedRule,
} from '../domain/campaign.ts'
import { liveStatuses } from '../domain/grant.ts'
import type { Store } from '../domain/store.ts'
import type { Database } from './database.ts'
import { readJson } from './mapping/stored-json.ts'
import type { Queries } from './queries.ts'
import { isUuid } from './text.ts'

const notCovered = z.array(z.object({ resourceId: z.string(), because: z.string() }))

/** Campaigns and their items as they are now. */
export function campaignsOn({ db }: Pick<Database, 'db'>): Store['campaigns'] {
  const viewOf = async (campaign: Campaign | undefined, now: Date): Promise<CampaignView | null> =>
    campaign ? { campaign, items: await readItems(db, sql`i.campaign_id = ${campaign.id}`, now) } : null
  return {
    byId: async (id, now) => {
      const [campaign] = isUuid(id) ? await readCampaigns(db, sql`c.id = ${id}`) : []
      return viewOf(campaign, now)
    },
    byReference: async (reference, now) => {
      const number = parseCampaignReference(reference)
      const [campaign] = number === null ? [] : await readCampaigns(db, sql`c.number = ${number}`)
      return viewOf(campaign, now)
    },
    list: (most) => readCampaigns(db, sql`true order by c.number desc limit ${most}`),
    itemById: async (id, now) => {
      const [item] = isUuid(id) ? await readItems(db, sql`i.id = ${id}`, now) : []
      return item ?? null
    },
    latestOf: async (reviewId) => {
      const [campaign] = await readCampaigns(
        db,
        sql`c.review_id = ${reviewId} order by c.number desc limit 1`,
      )
      return campaign ?? null
    },
    open: async () => readCampaigns(db, sql`c.closed_at is null order by c.number`),
    givenAt: async (resourceId) => {
      const rows = await db.execute<{ given: string }>(sql`
        select entitlement_id || ' ' || lower(login) as given from grants
        where resource_id = ${resourceId} and login is not null and status = any(${sql.param([...liveStatuses])})`)
      return new Set(rows.map(({ given }) => given))
    },
    peopleOfLogins: async (systems, logins) => {
      const rows = await db.execute<{ login: string; accountId: string; displayName: string }>(sql`
        select distinct on (lower(n.login)) lower(n.login) as login, a.id as account_id, a.display_name
        from identities n join accounts a on a.person_id = n.person_id
        where n.system = any(${sql.param([...systems])}) and lower(n.login) = any(${sql.param(logins.map((login) => login.toLowerCase()))})
        order by lower(n.login), a.is_deactivated, a.is_guest, a.id`)
      return new Map(
        rows.map(({ login, accountId, displayName }) => [login, { accountId, who: displayName }]),
      )
    },
  }
}

interface CampaignRow extends Record<string, unknown> {
  readonly id: string
  readonly number: number
  readonly name: string
  readonly reviewId: string | null
  readonly resourceIds: string[] | null
  readonly of: ItemKind[]
  readonly leasesLongerThanSeconds: number
  readonly deadlineSeconds: number
  readonly remindersSeconds: number[]
  readonly undecided: UndecidedRule
  readonly startedAt: Date
  readonly startedById: string | null
  readonly dueAt: Date
  readonly collectedAt: Date | null
  readonly notCovered: unknown
  readonly remindedAt: Date | null
  readonly escalatedAt: Date | null
  readonly closingAt: Date | null
  readonly closedAt: Date | null
  readonly signedOffAt: Date | null
  readonly signedOffById: string | null
  readonly signedOffUserId: string | null
}

/** `where`: with the order and the lock, if any. `c`: campaigns. */
export async function readCampaigns(db: Queries, where: SQL): Promise<Campaign[]> {
  const rows = await db.execute<CampaignRow>(sql`
    select c.*, s.user_id as signed_off_user_id from campaigns c left join accounts s on s.id = c.signed_off_by_id
    where ${where}`)
  return rows.map(toCampaign)
}

function toCampaign(row: CampaignRow): Campaign {
  const { id, number, signedOffAt, signedOffById, signedOffUserId } = row
  return {
    id,
    reference: `RV-${number}`,
    name: row.name,
    reviewId: row.reviewId,
    resourceIds: row.resourceIds,
    of: row.of,
    leasesLongerThanSeconds: row.leasesLongerThanSeconds,
    deadlineSeconds: row.deadlineSeconds,
    remindersSeconds: row.remindersSeconds,
    undecided: row.undecided,
    startedAt: row.startedAt,
    startedById: row.startedById,
    dueAt: row.dueAt,
    collectedAt: row.collectedAt,
    notCovered: readJson(notCovered, row.notCovered, 'campaigns', id, 'not_covered'),
    remindedAt: row.remindedAt,
    escalatedAt: row.escalatedAt,
    closingAt: row.closingAt,
    closedAt: row.closedAt,
    signedOff:
      signedOffAt && signedOffById && signedOffUserId
        ? { at: signedOffAt, by: { id: signedOffById, userId: signedOffUserId } }
        : null,
  }
}

interface ItemRow extends Record<string, unknown> {
  readonly id: string
  readonly campaignId: string
  readonly kind: ItemKind
  readonly accountId: string | null
  readonly personId: string | null
  readonly userId: string | null
  readonly who: string
  readonly resourceId: string | null
  readonly entitlementId: string | null
  readonly what: string
  readonly since: Date | null
  readonly until: Date | null
  readonly requestId: string | null
  readonly grantId: string | null
  readonly preApprovalId: string | null
  readonly engagementId: string | null
  readonly standingKey: string | null
  readonly use: ItemUse
  readonly lastUsedAt: Date | null
  readonly reviewers: string[]
  readonly byLeads: boolean
  readonly verdict: ItemVerdict | null
  readonly decidedAt: Date | null
  readonly deciderId: string | null
  readonly deciderUserId: string | null
  readonly deciderPersonId: string | null
  readonly reason: string | null
  readonly newEnd: Date | null
  readonly overAt: Date | null
  readonly isGoneAt: Date | null
  readonly proof: string | null
}

/** `where`: with `i`, the items. In the order of people, kinds and resources. */
export async function readItems(db: Queries, where: SQL, now: Date): Promise<CampaignItem[]> {
  const rows = await db.execute<ItemRow>(itemsQuery(where, now))
  return rows.map(toItem)
}

/** Every item with what is true of it now. */
function itemsQuery(where: SQL, now: Date): SQL {
  const live = sql.param([...liveStatuses])
  return sql`
    select i.*, a.person_id, a.user_id, d.id as decider_id, d.user_id as decider_user_id, d.person_id as decider_person_id,
      case i.kind
        when 'lease' then coalesce(g.lease_ends_at, g.starts_at + make_interval(secs => g.duration_seconds))
        when 'pre_approval' then p.good_through when 'engagement' then e.ends_at end as until,
      case i.kind
        when 'lease' then case when la.is_used or g.last_used_at is not null then 'used' when la.is_used is null then 'not_known'
          when la.is_counted then 'never' else 'none_seen' end
        when 'standing' then 'not_known'
        else case when used.at is null then 'never' else 'used' end end as use,
      case i.kind when 'lease' then coalesce(la.last_used_at, g.last_used_at) else used.at end as last_used_at,
      gone.at as is_gone_at, gone.proof
    from campaign_items i
      left join accounts a on a.id = i.account_id
      left join accounts d on d.id = i.decided_by_id
      left join grants g on g.id = i.grant_id
      left join lease_activity la on la.grant_id = i.grant_id
      left join pre_approvals p on p.id = i.pre_approval_id
      left join engagements e on e.id = i.engagement_id
      left join lateral (
        select max(coalesce(ua.last_used_at, ug.activated_at)) as at
        from grants ug join requests ur on ur.id = ug.request_id join accounts who on who.id = ug.holder_id
          left join lease_activity ua on ua.grant_id = ug.id
        where case i.kind when 'pre_approval' then ur.pre_approval_id = p.id
          when 'engagement' then who.person_id = e.person_id and ug.created_at >= e.starts_at else false end
      ) used on i.kind in ('pre_approval', 'engagement')
      left join lateral (
        select g.ended_at as at, coalesce(g.removed ->> 'summary', 'It was never given.') as proof
          where i.kind = 'lease' and g.ended_at is not null
        union all select p.withdrawn_at, 'The approval in advance is withdrawn.'
          where i.kind = 'pre_approval' and p.withdrawn_at is not null
        union all select p.good_through, 'Its time is over.'
          where i.kind = 'pre_approval' and p.withdrawn_at is null and p.good_through <= ${now.toISOString()}::timestamptz
        union all select e.ended_at, 'The engagement has ended, and no access of the person is left.'
          where i.kind = 'engagement' and e.ended_at is not null and not exists (
            select from grants og join accounts oa on oa.id = og.holder_id
            where oa.person_id = e.person_id and og.status = any(${live}))
        union all select i.gone_at, 'A list of the system no longer has it.' where i.gone_at is not null
        limit 1
      ) gone on true
    where ${where}
    order by i.who, i.account_id, i.kind, i.resource_id, i.what, i.id`
}

function toItem(row: ItemRow): CampaignItem {
  const { deciderId, deciderUserId, deciderPersonId, verdict, decidedAt, isGoneAt, proof } = row
  const by =
    deciderId && deciderUserId && deciderPersonId
      ? { id: deciderId, userId: deciderUserId, personId: deciderPersonId }
      : null
  return {
    id: row.id,
    campaignId: row.campaignId,
    kind: row.kind,
    accountId: row.accountId,
    personId: row.personId,
    userId: row.userId,
    who: row.who,
    resourceId: row.resourceId,
    entitlementId: row.entitlementId,
    what: row.what,
    since: row.since,
    until: row.until,
    requestId: row.requestId,
    grantId: row.grantId,
    preApprovalId: row.preApprovalId,
    engagementId: row.engagementId,
    standingKey: row.standingKey,
    use: row.use,
    lastUsedAt: row.lastUsedAt,
    reviewers: row.reviewers,
    byLeads: row.byLeads,
    decision: verdict && decidedAt && { verdict, at: decidedAt, by, reason: row.reason, until: row.newEnd },
    overAt: row.overAt,
    gone: isGoneAt && proof !== null ? { at: isGoneAt, proof } : null,
  }
}
