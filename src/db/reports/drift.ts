import { columns, day, defineReport } from './report.ts'

export const driftReport = defineReport({
  name: 'drift',
  title: 'Drift',
  about: 'Every difference between a target and the grants, the newest first.',
  parameters: ['from', 'to', 'last', 'resource'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({
    at: 'instant',
    resource: 'text',
    request: 'text',
    found: 'text',
    outcome: 'text',
    detail: 'text',
  }),
  query: ({ sql, visible, within }) => sql`
    select e.at, e.resource_id as resource, 'AR-' || r.number as request, replace(e.details ->> 'found', '_', ' ') as found,
      replace(e.details ->> 'outcome', '_', ' ') as outcome, e.details ->> 'detail' as detail
    from audit_events e left join requests r on r.id = e.request_id
    where e.action = 'grant.drifted' and ${visible(sql`e.resource_id`)} and ${within(sql`e.at`)}
    order by e.id desc`,
})
