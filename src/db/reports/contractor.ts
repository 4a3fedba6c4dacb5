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
    ), concerned as (
      select e.id from requests r join audit_events e on e.request_id = r.id where r.requester_id in (select id from theirs)
      union select e.id from audit_events e join engagements n on n.person_id in (select person_id from theirs)
        where e.subject_kind = 'engagement' and e.subject_id = n.id::text
      union select e.id from audit_events e where e.subject_kind = 'person' and e.subject_id in (select person_id::text from theirs)
      union select e.id from audit_events e where e.subject_kind = 'account' and e.subject_id in (select id::text from theirs)
    )
    select e.at, replace(replace(e.action, '.', ' '), '_', ' ') as event, 'AR-' || r.number as request, e.resource_id as resource,
      e.entitlement_id as entitlement, en.company, coalesce(${nameOf(sql, sql`e.actor_id`)}, 'Daypass') as by,
      coalesce(e.details #>> '{evidence,summary}', e.details ->> 'message', e.details ->> 'verdict', e.details ->> 'cause',
        case when e.action = 'run.finished' then 'rows: ' || (e.details ->> 'rows') when e.action like 'run.%' then e.details ->> 'code' end) as detail
    from concerned c join audit_events e on e.id = c.id left join requests r on r.id = e.request_id
      left join engagements en on e.subject_kind = 'engagement' and en.id::text = e.subject_id
    where ${visible(sql`e.resource_id`)} and ${within(sql`e.at`)}
    order by e.id`,
})
