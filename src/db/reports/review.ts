import { nameOf, useOf } from './_parts.ts'
import { columns, defineReport } from './report.ts'

export const reviewReport = defineReport({
  name: 'review',
  title: 'Access review',
  about:
    'Every item of access reviews, with its decision, its last use and what shows that it is gone. Without `review` or a range, of the newest one.',
  parameters: ['review', 'from', 'to', 'last', 'person', 'resource'],
  required: [],
  columns: columns({
    review: 'text',
    person: 'text',
    userId: ['Slack user', 'text'],
    resource: 'text',
    item: 'text',
    kind: 'text',
    decision: 'text',
    decidedBy: 'text',
    decidedAt: ['Decided', 'instant'],
    newEnd: 'instant',
    use: 'text',
    lastUsedAt: ['Last use', 'instant'],
    outcome: 'text',
    goneAt: ['Gone', 'instant'],
    proof: 'text',
    signedOffBy: 'text',
    signedOffAt: ['Signed off', 'instant'],
  }),
  query: ({ sql, visible, within, ofPerson, filter: { reviewNumber, from, to } }) => {
    const isNewest = reviewNumber === null && from === null && to === null
    const shown = isNewest
      ? sql`c.number = (select max(number) from campaigns)`
      : sql`(${reviewNumber}::int is null or c.number = ${reviewNumber}) and ${within(sql`c.started_at`)}`
    return sql`
      select 'RV-' || c.number as review, coalesce(a.display_name, i.who) as person, a.user_id, i.resource_id as resource,
        i.what as item, replace(i.kind, '_', ' ') as kind,
        coalesce(i.verdict, case when i.over_at is null then 'undecided' else 'over before a decision' end) as decision,
        case when i.verdict is null then null when i.decided_by_id is null then 'nobody in time: by the rule of the review'
          else ${nameOf(sql, sql`i.decided_by_id`)} end as decided_by,
        i.decided_at, i.new_end,
        case when i.kind <> 'lease' then null else ${useOf(sql)} end as use,
        coalesce(la.last_used_at, g.last_used_at) as last_used_at,
        case when gone.at is not null then 'gone' when i.verdict = 'end' then 'still there' when i.verdict = 'shorten' then 'shortened'
          else 'there' end as outcome,
        gone.at as gone_at, gone.proof, ${nameOf(sql, sql`c.signed_off_by_id`)} as signed_off_by, c.signed_off_at
      from campaigns c join campaign_items i on i.campaign_id = c.id
        left join accounts a on a.id = i.account_id left join grants g on g.id = i.grant_id
        left join lease_activity la on la.grant_id = i.grant_id left join pre_approvals p on p.id = i.pre_approval_id
        left join engagements e on e.id = i.engagement_id
        left join lateral (
          select g.ended_at as at, coalesce(g.removed ->> 'summary', 'never given') as proof where g.ended_at is not null
          union all select p.withdrawn_at, 'withdrawn' where p.withdrawn_at is not null
          union all select e.ended_at, 'the engagement has ended' where e.ended_at is not null
          union all select i.gone_at, 'no longer in the list of the system' where i.gone_at is not null
          limit 1) gone on true
      where ${shown} and ${visible(sql`i.resource_id`)} and ${ofPerson(sql`i.account_id`)}
      order by c.number desc, person, i.kind, i.resource_id, i.what, i.id`
  },
})
