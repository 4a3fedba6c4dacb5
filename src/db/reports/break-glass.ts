import { nameOf, selectWhose, useOf, whose } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

export const breakGlassReport = defineReport({
  name: 'break-glass',
  title: 'Break-glass and its reviews',
  about:
    'Every access that was taken without an approval in an emergency, the newest first, with its review.',
  parameters: ['from', 'to', 'last', 'person', 'resource'],
  required: [],
  usualSeconds: 365 * day,
  columns: columns({
    takenAt: ['Taken', 'instant'],
    ...whose,
    endedAt: ['Ended', 'instant'],
    use: 'text',
    review: 'text',
    reviewDueAt: ['Review due', 'instant'],
    reviewedAt: ['Reviewed', 'instant'],
    reviewedBy: 'text',
  }),
  query: ({ sql, visible, within, ofPerson, filter: { now } }) => sql`
    select b.opened_at as taken_at, ${selectWhose(sql)}, g.ended_at, ${useOf(sql)} as use,
      case when b.reviewed_at is not null then replace(b.verdict, '_', ' ') when b.due_at < ${now} then 'overdue' else 'open' end as review,
      b.due_at as review_due_at, b.reviewed_at, ${nameOf(sql, sql`b.reviewed_by_id`)} as reviewed_by
    from break_glass_reviews b join requests r on r.id = b.request_id join accounts who on who.id = r.requester_id
      left join grants g on g.request_id = r.id left join lease_activity la on la.grant_id = g.id
    where ${visible(sql`r.resource_id`)} and ${within(sql`b.opened_at`)} and ${ofPerson(sql`r.requester_id`)}
    order by b.opened_at desc, r.number desc`,
})
