import { approversOf, selectWhose, useOf, whose } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

export const neverUsedReport = defineReport({
  name: 'never-used',
  title: 'Access that nobody used',
  about:
    'Every lease that has ended without a use that its target showed, the newest first. "No use seen": the target shows only what goes on when Daypass looks. Systems that cannot tell are left out.',
  parameters: ['from', 'to', 'last', 'person', 'resource'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({
    ...whose,
    use: 'text',
    from: 'instant',
    until: 'instant',
    hours: ['Hours held', 'number'],
    approvedBy: 'text',
  }),
  query: ({ sql, visible, within, ofPerson }) => sql`
    select ${selectWhose(sql)}, ${useOf(sql)} as use, g.activated_at as "from", g.ended_at as until,
      round(extract(epoch from g.ended_at - g.activated_at)::numeric / 3600, 2)::float8 as hours, ${approversOf(sql)} as approved_by
    from lease_activity la join grants g on g.id = la.grant_id join requests r on r.id = g.request_id
      join accounts who on who.id = r.requester_id
    where not la.is_used and la.closed_at is not null and ${visible(sql`g.resource_id`)} and ${within(sql`la.closed_at`)}
      and ${ofPerson(sql`g.holder_id`)}
    order by la.closed_at desc, r.number desc`,
})
