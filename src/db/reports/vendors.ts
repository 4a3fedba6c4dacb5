import { approversOf, nameOf, selectWhose, useOf, whose } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

export const vendorsReport = defineReport({
  name: 'vendors',
  title: 'Windows of third parties',
  about:
    'Every window in which somebody of another company had access, the newest first: by whom it was approved, how long it was open, and whether it was used (PCI DSS 8.2.7).',
  parameters: ['from', 'to', 'last', 'person', 'resource'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({
    company: 'text',
    ...whose,
    opened: 'instant',
    closed: 'instant',
    hours: ['Hours open', 'number'],
    state: 'text',
    closedBy: ['Cause of the end', 'text'],
    use: 'text',
    lastUsedAt: ['Last use', 'instant'],
    approvedBy: 'text',
    sponsor: 'text',
    engagementEnds: 'instant',
  }),
  query: ({ sql, visible, within, ofPerson, filter: { now } }) => sql`
    select coalesce(e.company, '(no engagement)') as company, ${selectWhose(sql)}, g.activated_at as opened, g.ended_at as closed,
      round(extract(epoch from coalesce(g.ended_at, ${now}::timestamptz) - g.activated_at)::numeric / 3600, 2)::float8 as hours,
      replace(g.status, '_', ' ') as state, replace(g.revocation_cause, '_', ' ') as closed_by, ${useOf(sql)} as use,
      coalesce(la.last_used_at, g.last_used_at) as last_used_at, ${approversOf(sql)} as approved_by,
      ${nameOf(sql, sql`(select s.id from accounts s where s.person_id = e.sponsor_person_id order by s.id limit 1)`)} as sponsor,
      e.ends_at as engagement_ends
    from grants g join requests r on r.id = g.request_id join accounts who on who.id = g.holder_id
      left join lease_activity la on la.grant_id = g.id
      left join lateral (select n.* from engagements n where n.person_id = who.person_id and n.starts_at <= g.activated_at
        order by n.starts_at desc limit 1) e on true
    where g.activated_at is not null and who.kind = 'contractor' and ${visible(sql`g.resource_id`)} and ${within(sql`g.activated_at`)}
      and ${ofPerson(sql`g.holder_id`)}
    order by g.activated_at desc, r.number desc`,
})
