import { nameOf } from './_parts.ts'
import { columns, defineReport } from './report.ts'

export const contractorReport = defineReport({
  name: 'contractor',
  title: 'A person from the first day to the last',
  about:
    'Every event about one person: engagements, logins, requests, decisions, access and its use, in the order of time.',
  parameters: ['person', 'from', 'to', 'last', 'resource'],
  required: ['person'],
  columns: columns({
    at: 'instant',
    event: 'text',
    request: 'text',
    resource: 'text',
    entitlement: 'text',
    company: 'text',
    by: 'text',
    detail: 'text',
  }),
  query: ({ sql, visible, within, filter: { userId } }) => sql`
    with theirs as (
      select a.id, a.person_id from accounts a join accounts named on named.person_id = a.person_id where named.user_id = ${userId}
    )
    select e.at, replace(replace(e.action, '.', ' '), '_', ' ') as event, 'AR-' || r.number as request, e.resource_id as resource,
      e.entitlement_id as entitlement, en.company, coalesce(${nameOf(sql, sql`e.actor_id`)}, 'Daypass') as by,
      coalesce(e.details #>> '{evidence,summary}', e.details ->> 'message', e.details ->> 'verdict', e.details ->> 'cause') as detail
    from audit_events e left join requests r on r.id = e.request_id
      left join engagements en on e.subject_kind = 'engagement' and en.id::text = e.subject_id
    where (e.account_id in (select id from theirs) or en.person_id in (select person_id from theirs)
        or e.subject_kind = 'person' and e.subject_id in (select person_id::text from theirs)
        or e.subject_kind = 'account' and e.subject_id in (select id::text from theirs))
      and e.action not like 'audit.%' and ${visible(sql`e.resource_id`)} and ${within(sql`e.at`)}
    order by e.id`,
})
