import { asc, sql } from 'drizzle-orm'
import { isUsed } from '../../domain/activity.ts'
import { holdReference } from '../../domain/record/legal-hold.ts'
import { commitmentTo, newSalt } from '../../domain/record/said-text.ts'
import type { Store } from '../../domain/store.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { Database } from '../database.ts'
import type { Session } from '../in-transaction.ts'
import { activityText, toActivity } from '../mapping/activity.ts'
import { prepare } from '../queries.ts'
import { leaseActivity } from '../schema/activity.ts'
import { isAnyOf } from '../schema/columns.ts'
import { jsonText } from '../text.ts'

const lockByGrants = prepare(['grantIds'], (db, { grantIds }) =>
  db
    .select()
    .from(leaseActivity)
    .where(isAnyOf(leaseActivity.grantId, grantIds))
    .orderBy(asc(leaseActivity.grantId))
    .for('no key update'),
)

export function activityIn({ db, run, pipeline }: Session): Transaction['activity'] {
  return {
    lock: async (grantIds) => {
      const rows = await run(lockByGrants, { grantIds: [...grantIds] })
      return new Map(
        rows.map((row) => [row.grantId, { activity: toActivity(row), isClosed: row.closedAt !== null }]),
      )
    },
    saveAll: async (all) => {
      if (all.length === 0) return new Map()
      const hashes = new Map<string, string>()
      const rows = all.map(({ grantId, activity, lookedAt, closedAt }) => {
        const seen = activityText(activity)
        const salt = closedAt && newSalt()
        if (salt) hashes.set(grantId, commitmentTo(seen, salt))
        const facts = {
          is_used: activity.looks === 0 ? null : isUsed(activity),
          is_counted: activity.isCounted,
          last_used_at: activity.lastUsedAt,
        }
        return { grant_id: grantId, looked_at: lookedAt, closed_at: closedAt, ...facts, seen, salt }
      })
      pipeline(
        db.execute(sql`
          insert into lease_activity select * from jsonb_populate_recordset(null::lease_activity, ${jsonText(rows)}::text::jsonb)
          on conflict (grant_id) do update set looked_at = excluded.looked_at, closed_at = excluded.closed_at,
            is_used = excluded.is_used, is_counted = excluded.is_counted, last_used_at = excluded.last_used_at,
            seen = excluded.seen, salt = excluded.salt
          where lease_activity.closed_at is null`),
      )
      return hashes
    },
  }
}

/** Outside transactions. */
export function activityOn({ sql }: Database): Store['activity'] {
  return {
    toLookAt: async (resourceId, lookedBefore, most) => {
      const rows = await sql<{ id: string }[]>`
        select g.id from grants g left join lease_activity a on a.grant_id = g.id
        where g.resource_id = ${resourceId} and g.status = 'active' and (a.looked_at is null or a.looked_at <= ${lookedBefore})
        order by a.looked_at nulls first, g.id limit ${most}`
      return rows.map(({ id }) => id)
    },
    lastUsedAt: async (grantId) => {
      const [row] = await sql<{ at: Date | null }[]>`
        select last_used_at as at from lease_activity where grant_id = ${grantId}`
      return row?.at ?? null
    },
    remove: async (closedBefore, most) => {
      const [row] = await sql<{ count: number }[]>`
        with removed as (
          update lease_activity set seen = null, salt = null where grant_id in (
            select grant_id from lease_activity
            where closed_at is not null and seen is not null and closed_at < ${closedBefore}
              and not exists (select from grants g cross join lateral holds_on_request(g.request_id) where g.id = grant_id)
            order by closed_at limit ${most} for update skip locked)
          returning grant_id
        ), in_alerts as (
          update alerts set evidence = without_addresses(evidence) where grant_id in (select grant_id from removed))
        select count(*)::int as count from removed`
      return row?.count ?? 0
    },
    keptByHolds: async (closedBefore) => {
      const [{ isAny } = { isAny: false }] = await sql<{ isAny: boolean }[]>`
        select exists (select from legal_holds where lifted_at is null) as is_any`
      if (!isAny) return {}
      const rows = await sql<{ number: number; count: number }[]>`
        select h.number, count(*)::int as count from lease_activity a join grants g on g.id = a.grant_id
          cross join lateral holds_on_request(g.request_id) h
        where a.closed_at < ${closedBefore} and a.seen is not null group by h.number`
      return Object.fromEntries(rows.map(({ number, count }) => [holdReference(number), count]))
    },
  }
}
