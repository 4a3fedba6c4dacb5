import type { NoticingFacts } from '../domain/noticing/facts.ts'
import type { Database } from './database.ts'
import { toActivity } from './mapping/activity.ts'

/** The facts for rules that notice. */
export function noticingFactsOn({ sql }: Database): NoticingFacts {
  const accountsOf = (accountId: string) =>
    sql`(select a.id from accounts a join accounts named on named.person_id = a.person_id where named.id = ${accountId})`
  return {
    lease: async (grantId) => {
      const [row] = await sql<
        { activatedAt: Date; endedAt: Date | null; timeZone: string | null; seen: string | null }[]
      >`
        select g.activated_at, coalesce(g.ended_at, la.closed_at) as ended_at, who.time_zone, la.seen
        from grants g join accounts who on who.id = g.holder_id left join lease_activity la on la.grant_id = g.id
        where g.id = ${grantId} and g.activated_at is not null`
      if (!row) return null
      const { seen, ...lease } = row
      return { ...lease, activity: toActivity({ grantId, seen }) }
    },
    earlierRows: async (grantId, most) => {
      const rows = await sql<{ rows: number }[]>`
        select coalesce((la.seen::jsonb ->> 'rowsRead')::float8, 0) + coalesce((la.seen::jsonb ->> 'rowsChanged')::float8, 0) as rows
        from grants mine join grants g on g.resource_id = mine.resource_id and g.entitlement_id = mine.entitlement_id and g.id <> mine.id
          join lease_activity la on la.grant_id = g.id
        where mine.id = ${grantId} and la.closed_at is not null and la.seen is not null
          and (la.seen::jsonb ->> 'rowsRead' is not null or la.seen::jsonb ->> 'rowsChanged' is not null)
        order by la.closed_at desc limit ${most}`
      return rows.map(({ rows }) => rows)
    },
    earlierAddresses: async (grantId, most) => {
      const [row] = await sql<{ leases: number; addresses: string[] }[]>`
        with earlier as (
          select la.seen::jsonb -> 'addresses' as addresses
          from grants mine join accounts who on who.id = mine.holder_id
            join accounts own on own.person_id = who.person_id join grants g on g.holder_id = own.id and g.id <> mine.id
            join lease_activity la on la.grant_id = g.id
          where mine.id = ${grantId} and la.seen is not null and g.activated_at < mine.activated_at
            and jsonb_array_length(la.seen::jsonb -> 'addresses') > 0
          order by g.activated_at desc limit ${most})
        select (select count(*)::int from earlier) as leases,
          array(select distinct jsonb_array_elements_text(addresses) from earlier) as addresses`
      return row ?? { leases: 0, addresses: [] }
    },
    submitted: async (accountId, from, to) => {
      const [row] = await sql<{ count: number }[]>`
        select count(*)::int as count from requests
        where requester_id in ${accountsOf(accountId)} and submitted_at between ${from} and ${to}`
      return row?.count ?? 0
    },
    // By the log, which is ordered by time.
    approvals: async (accountId, from, to) => {
      const rows = await sql<{ requestId: string; afterSeconds: number }[]>`
        select e.request_id, extract(epoch from e.at - greatest(r.submitted_at, (
          select max(d.decided_at) from decisions d where d.request_id = e.request_id and d.decided_at < e.at)))::float8 as after_seconds
        from audit_events e join requests r on r.id = e.request_id
        where e.at between ${from} and ${to} and e.action = 'decision.recorded' and e.details ->> 'verdict' = 'approve'
          and e.actor_id in ${accountsOf(accountId)}
        order by e.id`
      return [...rows]
    },
    approversOf: async (accountId, from, to) => {
      const rows = await sql<{ approvers: string[] }[]>`
        select array_agg(distinct (select min(other.id::text) from accounts other where other.person_id = a.person_id)) as approvers
        from requests r join decisions d on d.request_id = r.id and d.verdict = 'approve' join accounts a on a.id = d.approver_id
        where r.requester_id in ${accountsOf(accountId)} and r.status = 'approved' and r.closed_at between ${from} and ${to}
        group by r.id`
      return rows.map(({ approvers }) => approvers)
    },
  }
}
