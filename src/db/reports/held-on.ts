import { approversOf, selectWhose, whose } from './_parts.ts'
import { columns, defineReport } from './report.ts'

export const heldOnReport = defineReport({
  name: 'held-on',
  title: 'Who had what on a day',
  about:
    'Every access that was open at any time of the day, by resource. Actions give no access: the report `runs` has them.',
  parameters: ['on', 'person', 'resource'],
  required: ['on'],
  columns: columns({
    ...whose,
    from: 'instant',
    until: 'instant',
    state: 'text',
    endedBy: ['Cause of the end', 'text'],
    approvedBy: 'text',
  }),
  query: ({ sql, visible, ofPerson, filter: { from, to } }) => sql`
    select ${selectWhose(sql)}, g.activated_at as "from", coalesce(g.ended_at, g.lease_ends_at) as until,
      replace(g.status, '_', ' ') as state, replace(g.revocation_cause, '_', ' ') as ended_by, ${approversOf(sql)} as approved_by
    from grants g join requests r on r.id = g.request_id join accounts who on who.id = r.requester_id
    where g.activated_at is not null and (${to}::timestamptz is null or g.activated_at < ${to})
      and (g.ended_at is null or ${from}::timestamptz is null or g.ended_at >= ${from})
      and ${visible(sql`g.resource_id`)} and ${ofPerson(sql`g.holder_id`)}
    order by g.resource_id, g.activated_at, r.number`,
})
