import type { EntitlementHistory, InsightFacts } from '../domain/insight/insight.ts'
import type { Database } from './database.ts'

/** What became of each entitlement since then. */
export async function insightFactsOn({ sql }: Database, since: Date): Promise<InsightFacts> {
  const [[before], entitlements] = await Promise.all([
    sql<
      { goesBack: boolean }[]
    >`select exists (select from requests where submitted_at < ${since}) as goes_back`,
    sql<EntitlementHistory[]>`
      with asked as (
        select r.resource_id, r.entitlement_id, count(*)::int as requests,
          count(*) filter (where g.activated_at is not null)::int as leases,
          count(*) filter (where r.status = 'approved' and r.how = 'approval')::int as approved,
          count(*) filter (where r.status in ('denied', 'expired'))::int as unapproved,
          percentile_cont(0.95) within group (order by extract(epoch from r.closed_at - r.submitted_at))
            filter (where r.status = 'approved' and r.how = 'approval') as approved_within_seconds,
          max(coalesce(g.duration_seconds, r.duration_seconds)) filter (where r.status = 'approved' and r.how = 'approval') as longest_seconds
        from requests r left join grants g on g.request_id = r.id
        where r.submitted_at >= ${since} and r.asks_for_kind = 'entitlement'
        group by r.resource_id, r.entitlement_id
      ), used as (
        select g.resource_id, g.entitlement_id, count(*)::int as used_leases,
          percentile_cont(0.5) within group (order by extract(epoch from g.ended_at - g.activated_at)) as lasted_seconds,
          percentile_cont(0.9) within group (order by extract(epoch from la.last_used_at - g.activated_at)) as used_for_seconds
        from lease_activity la join grants g on g.id = la.grant_id
        where la.closed_at >= ${since} and la.is_used and la.last_used_at is not null and g.ended_at is not null
        group by g.resource_id, g.entitlement_id
      ), alike as (
        select r.resource_id, r.entitlement_id, array_agg(distinct r.number) as numbers
        from decisions d join requests r on r.id = d.request_id
        where d.verdict = 'deny' and d.decided_at >= ${since} and d.reason <> '(erased)' and r.asks_for_kind = 'entitlement'
        group by r.resource_id, r.entitlement_id, lower(btrim(d.reason))
      ), denied as (
        select distinct on (resource_id, entitlement_id) * from alike
        order by resource_id, entitlement_id, cardinality(numbers) desc, numbers
      )
      select resource_id, entitlement_id, requests, leases, approved, unapproved, approved_within_seconds::float8,
        longest_seconds, coalesce(used_leases, 0) as used_leases, lasted_seconds::float8, used_for_seconds::float8,
        coalesce(numbers, '{}') as denied_alike
      from asked left join used using (resource_id, entitlement_id) left join denied using (resource_id, entitlement_id)
      order by resource_id, entitlement_id`,
  ])
  return { goesBack: before?.goesBack ?? false, entitlements: [...entitlements] }
}
