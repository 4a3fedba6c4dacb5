import { nameOf, selectWhose, whose } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

export const removedReport = defineReport({
  name: 'removed',
  title: 'Temporary accounts and access removed',
  about:
    'Every temporary access that was removed, in the order of the removal, with the check at the target that showed it gone (NIST SP 800-53 AC-2(2)).',
  parameters: ['from', 'to', 'last', 'person', 'resource'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({
    removedAt: ['Removed', 'instant'],
    ...whose,
    login: ['Existing login', 'text'],
    created: 'instant',
    ended: ['End of the lease', 'instant'],
    cause: 'text',
    removedBy: 'text',
    proof: 'text',
    check: ['Check at the target', 'text'],
  }),
  query: ({ sql, visible, within, ofPerson }) => sql`
    select g.ended_at as removed_at, ${selectWhose(sql)}, g.login, g.activated_at as created, g.lease_ends_at as ended,
      replace(g.revocation_cause, '_', ' ') as cause, coalesce(${nameOf(sql, sql`g.revoked_by_id`)}, 'Daypass') as removed_by,
      coalesce(g.removed ->> 'proof', 'real') as proof, g.removed ->> 'summary' as "check"
    from grants g join requests r on r.id = g.request_id join accounts who on who.id = r.requester_id
    where g.status in ('ended', 'revoked') and ${visible(sql`g.resource_id`)} and ${within(sql`g.ended_at`)}
      and ${ofPerson(sql`g.holder_id`)}
    order by g.ended_at, r.number`,
})
