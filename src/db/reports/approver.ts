import { selectWhose, whose } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

export const approverReport = defineReport({
  name: 'approver',
  title: 'The decisions of an approver',
  about:
    'Every decision, the newest first, with the time from the request to the decision. Without a person: of all approvers.',
  parameters: ['person', 'from', 'to', 'last', 'resource'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({
    decidedAt: ['Decided', 'instant'],
    approver: 'text',
    verdict: 'text',
    ...whose,
    person: ['Requester', 'text'],
    risk: 'text',
    secondsToDecide: ['Seconds to decide', 'number'],
    outcome: ['Outcome of the request', 'text'],
  }),
  query: ({ sql, visible, within, ofPerson }) => sql`
    select d.decided_at, by.display_name || ' (' || by.user_id || ')' as approver, d.verdict, ${selectWhose(sql)},
      r.terms ->> 'risk' as risk, extract(epoch from d.decided_at - r.submitted_at)::float8 as seconds_to_decide, coalesce('run ' || replace(run.status, '_', ' '), r.status) as outcome
    from decisions d join requests r on r.id = d.request_id join accounts who on who.id = r.requester_id
      join accounts by on by.id = d.approver_id left join runs run on run.id = r.id
    where ${visible(sql`r.resource_id`)} and ${within(sql`d.decided_at`)} and ${ofPerson(sql`d.approver_id`)}
    order by d.decided_at desc, d.number desc`,
})
