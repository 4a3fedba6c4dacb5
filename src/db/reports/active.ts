import { approversOf, selectWhose, useOf, whose } from './_parts.ts'
import { columns, defineReport } from './report.ts'

export const activeReport = defineReport({
  name: 'active',
  title: 'Access that is active now',
  about: 'Every access that a target may still have, the first to end first.',
  parameters: ['person', 'resource'],
  required: [],
  columns: columns({
    ...whose,
    state: 'text',
    activeSince: 'instant',
    endsAt: ['Ends', 'instant'],
    approvedBy: 'text',
    use: 'text',
    lastUsedAt: ['Last use', 'instant'],
  }),
  query: ({ sql, visible, ofPerson }) => sql`
    select ${selectWhose(sql)}, replace(g.status, '_', ' ') as state, g.activated_at as active_since, g.lease_ends_at as ends_at,
      ${approversOf(sql)} as approved_by, ${useOf(sql)} as use, coalesce(la.last_used_at, g.last_used_at) as last_used_at
    from grants g join requests r on r.id = g.request_id join accounts who on who.id = r.requester_id
      left join lease_activity la on la.grant_id = g.id
    where g.status in ('activating', 'active', 'revoking', 'revocation_failed') and ${visible(sql`g.resource_id`)}
      and ${ofPerson(sql`g.holder_id`)}
    order by g.lease_ends_at nulls last, r.number`,
})
