import type postgres from 'postgres'
import type { RequestOrder, RequestState } from '../../domain/report.ts'
import { approversOf, overEnd, selectWhose, useOf, whose } from './_parts.ts'
import { columns, defineReport, type ReportQuery } from './report.ts'

type Fragment = postgres.PendingQuery<postgres.Row[]>

export const requestsReport = defineReport({
  name: 'requests',
  title: 'Requests',
  about:
    'Requests by all that is known of them: person, resource, entitlement, approver, state. In a range: those that were submitted, or whose access was open, within it.',
  parameters: ['person', 'resource', 'entitlement', 'approver', 'state', 'sort', 'from', 'to', 'last'],
  required: [],
  columns: columns({
    ...whose,
    outcome: 'text',
    asked: 'instant',
    from: 'instant',
    until: 'instant',
    hours: ['Hours held', 'number'],
    secondsOver: ['Seconds over', 'number'],
    use: 'text',
    approvedBy: 'text',
  }),
  query: (parts) => {
    const { sql, visible, ofPerson, filter } = parts
    const { entitlementId, approverUserId, state, order } = filter
    const { from, to, now } = filter
    const decidedBy = sql`exists (select from decisions d join accounts by on by.id = d.approver_id
      where d.request_id = r.id and by.person_id in (select named.person_id from accounts named where named.user_id = ${approverUserId}))`
    // A request is older than its access.
    const open = sql`(coalesce(g.activated_at, g.created_at, run.approved_at) is not null
      and (${from}::timestamptz is null or coalesce(g.ended_at, run.ended_at, greatest(g.lease_ends_at, ${now}::timestamptz)) >= ${from}))`
    const within = sql`(${to}::timestamptz is null or r.submitted_at < ${to})
      and (${from}::timestamptz is null or r.submitted_at >= ${from} or ${open})`
    return sql`
      select ${selectWhose(sql)},
        case when r.status = 'approved' then coalesce('run ' || replace(run.status, '_', ' '), replace(g.status, '_', ' '), 'approved')
          else r.status end as outcome,
        r.submitted_at as asked, g.activated_at as "from",
        case when g.activated_at is not null then coalesce(g.ended_at, g.lease_ends_at) else run.ended_at end as until,
        round(extract(epoch from coalesce(g.ended_at, least(g.lease_ends_at, ${now}::timestamptz)) - g.activated_at)::numeric / 3600, 2)::float8 as hours,
        case when g.activated_at is not null then ${overEnd(sql)} end::float8 as seconds_over,
        case when g.activated_at is not null then ${useOf(sql)} end as use, ${approversOf(sql)} as approved_by
      from requests r join accounts who on who.id = r.requester_id left join grants g on g.request_id = r.id
        left join runs run on run.id = r.id left join lease_activity la on la.grant_id = g.id
      where ${visible(sql`r.resource_id`)} and ${ofPerson(sql`r.requester_id`)} and ${within}
        and ${entitlementId === null ? sql`true` : sql`r.entitlement_id = ${entitlementId}`}
        and ${approverUserId === null ? sql`true` : decidedBy} and ${state === null ? sql`true` : states[state](parts)}
      order by ${orders[order ?? 'newest'](parts)}, r.number desc`
  },
})

const states: Readonly<Record<RequestState, (parts: ReportQuery) => Fragment>> = {
  pending: ({ sql }) => sql`r.status = 'pending'`,
  approved: ({ sql }) => sql`r.status = 'approved'`,
  denied: ({ sql }) => sql`r.status = 'denied'`,
  cancelled: ({ sql }) => sql`r.status = 'cancelled'`,
  expired: ({ sql }) => sql`r.status = 'expired'`,
  upcoming: ({ sql }) => sql`g.status = 'scheduled'`,
  active: ({ sql }) =>
    sql`(g.status in ('activating', 'active', 'revoking', 'revocation_failed') or run.status in ('waiting', 'running'))`,
  ended: ({ sql }) => sql`g.status in ('ended', 'revoked')`,
  failed: ({ sql }) => sql`g.status = 'revocation_failed'`,
  late: ({ sql, filter: { now } }) =>
    sql`(g.activated_at is not null and extract(epoch from coalesce(g.ended_at, ${now}::timestamptz) - least(g.lease_ends_at, g.revocation_started_at)) > 60)`,
  'never-used': ({ sql }) => sql`(la.closed_at is not null and not la.is_used)`,
  'break-glass': ({ sql }) => sql`r.how = 'break_glass'`,
}

const orders: Readonly<Record<RequestOrder, (parts: ReportQuery) => Fragment>> = {
  newest: ({ sql }) => sql`r.submitted_at desc`,
  longest: ({ sql, filter: { now } }) =>
    sql`coalesce(g.ended_at, least(g.lease_ends_at, ${now}::timestamptz)) - g.activated_at desc nulls last`,
  'latest-end': ({ sql }) =>
    sql`case when g.activated_at is not null then coalesce(g.ended_at, g.lease_ends_at) end desc nulls last`,
}
