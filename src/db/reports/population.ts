import { approversOf, overEnd, selectWhose, whose } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

export const populationReport = defineReport({
  name: 'population',
  title: 'All access that was granted or removed',
  about:
    'Every access of which the log says that it was granted or removed in the period, by the number of its request: who asked, who approved, and when it was given, due and gone.',
  parameters: ['from', 'to', 'last', 'resource'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({
    ...whose,
    risk: 'text',
    requestedAt: ['Requested', 'instant'],
    approvedAt: ['Approved', 'instant'],
    approvedBy: 'text',
    grantedAt: ['Granted', 'instant'],
    endDueAt: ['End due', 'instant'],
    removedAt: ['Removed', 'instant'],
    secondsOver: ['Seconds over', 'number'],
    cause: ['Cause of the end', 'text'],
    proof: ['Proof of the end', 'text'],
  }),
  query: ({ sql, visible, within }) => sql`
    with happened as (
      select distinct e.grant_id from audit_events e
      where e.action in ('grant.activated', 'grant.ended', 'grant.revoked') and ${within(sql`e.at`)}
    )
    select ${selectWhose(sql)}, r.terms ->> 'risk' as risk, r.submitted_at as requested_at, r.closed_at as approved_at,
      ${approversOf(sql)} as approved_by, g.activated_at as granted_at, least(g.lease_ends_at, g.revocation_started_at) as end_due_at,
      g.ended_at as removed_at, ${overEnd(sql)}::float8 as seconds_over, replace(g.revocation_cause, '_', ' ') as cause,
      case when g.ended_at is not null then coalesce(g.removed ->> 'proof', 'real') end as proof
    from happened h join grants g on g.id = h.grant_id join requests r on r.id = g.request_id
      join accounts who on who.id = r.requester_id
    where ${visible(sql`g.resource_id`)}
    order by r.number`,
})
