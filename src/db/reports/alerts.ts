import { nameOf } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

export const alertsReport = defineReport({
  name: 'alerts',
  title: 'What was noticed, and what people said of it',
  about: 'Every alert, the newest first, with its state and its answer.',
  parameters: ['from', 'to', 'last', 'person', 'resource', 'request'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({
    raisedAt: ['Raised', 'instant'],
    alert: 'text',
    rule: 'text',
    noticed: 'text',
    person: 'text',
    request: 'text',
    resource: 'text',
    entitlement: 'text',
    state: 'text',
    answeredBy: ['Answered by', 'text'],
    answeredAt: ['Answered', 'instant'],
    hours: ['Hours to the answer', 'number'],
    mutedUntil: ['Muted until', 'instant'],
  }),
  query: ({ sql, visible, within, ofPerson, filter: { requestNumber } }) => sql`
    select al.raised_at, 'AL-' || al.number as alert, al.rule, al.headline as noticed,
      concat_ws(', ', ${nameOf(sql, sql`al.about_id`)}, ${nameOf(sql, sql`al.also_about_id`)}) as person,
      'AR-' || r.number as request, al.resource_id as resource, al.entitlement_id as entitlement, al.state,
      ${nameOf(sql, sql`al.answered_by_id`)} as answered_by, al.answered_at,
      round(extract(epoch from al.answered_at - al.raised_at)::numeric / 3600, 2)::float8 as hours, al.muted_until
    from alerts al left join requests r on r.id = al.request_id
    where ${visible(sql`al.resource_id`)} and ${within(sql`al.raised_at`)}
      and (${requestNumber}::int is null or r.number = ${requestNumber})
      and (${ofPerson(sql`al.about_id`)} or ${ofPerson(sql`al.also_about_id`)})
    order by al.number desc`,
})
