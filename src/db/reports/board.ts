import { overEnd } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

export const boardReport = defineReport({
  name: 'board',
  title: 'Temporary access: the figures of a period',
  about:
    'How much access there was, how fast and by whom it was approved, how it ended and with what proof, emergencies, standing access that is left, alerts, and the state of the log.',
  parameters: ['from', 'to', 'last', 'resource'],
  required: [],
  usualSeconds: 90 * day,
  layout: 'figures',
  chartsOf: ['summary', 'by-day', 'time-to-approve', 'time-over-end'],
  columns: columns({
    section: 'text',
    figure: 'text',
    value: 'number',
    unit: 'text',
    note: 'text',
    at: ['Time', 'instant'],
  }),
  query: ({ sql, visible, within, filter: { now, resourceIds, exceptResourceIds } }) => {
    const seesAll = resourceIds === null && exceptResourceIds.length === 0
    return sql`
    with asked as (
      select count(*) as requests, count(*) filter (where r.status = 'approved') as approved,
        count(*) filter (where r.status = 'denied') as denied, count(*) filter (where r.status = 'expired') as expired,
        count(*) filter (where r.status = 'approved' and r.how not in ('approval', 'break_glass')) as by_rule,
        percentile_cont(array[0.5, 0.9]) within group (order by extract(epoch from r.closed_at - r.submitted_at)::float8 / 60)
          filter (where r.status = 'approved' and r.how = 'approval') as minutes
      from requests r where ${visible(sql`r.resource_id`)} and ${within(sql`r.submitted_at`)}
    ), given as (
      select count(*) as leases, count(distinct who.person_id) as people,
        count(distinct who.person_id) filter (where who.kind = 'contractor') as outside,
        percentile_cont(0.5) within group (order by extract(epoch from g.lease_ends_at - g.activated_at)::float8 / 3600) as hours,
        max(extract(epoch from g.lease_ends_at - g.activated_at)::float8 / 3600) as longest
      from grants g join accounts who on who.id = g.holder_id
      where g.activated_at is not null and ${visible(sql`g.resource_id`)} and ${within(sql`g.activated_at`)}
    ), open as (
      select count(*) filter (where g.activated_at is not null) as leases,
        count(*) filter (where g.status = 'revocation_failed') as failed
      from grants g where g.status in ('activating', 'active', 'revoking', 'revocation_failed') and ${visible(sql`g.resource_id`)}
    ), gone as (
      select count(*) as leases, count(*) filter (where ${overEnd(sql)} > 60) as late, max(${overEnd(sql)})::float8 / 60 as longest,
        sum(extract(epoch from g.ended_at - g.activated_at))::float8 / 3600 as hours,
        count(*) filter (where g.revocation_cause <> 'lease_ended') as early,
        count(*) filter (where coalesce(g.removed ->> 'proof', 'real') = 'real') as real,
        count(*) filter (where g.removed ->> 'proof' = 'contract') as contract,
        count(*) filter (where g.removed ->> 'proof' = 'attested') as attested
      from grants g where g.activated_at is not null and g.status in ('ended', 'revoked') and ${visible(sql`g.resource_id`)}
        and ${within(sql`g.ended_at`)}
    ), by_person as (
      select count(*) as approvals, min(by.display_name || ' (' || by.user_id || ')') as name
      from decisions d join requests r on r.id = d.request_id join accounts by on by.id = d.approver_id
      where d.verdict = 'approve' and ${visible(sql`r.resource_id`)} and ${within(sql`d.decided_at`)} group by by.person_id
    ), deciders as (
      select count(*) as people, coalesce(sum(approvals), 0) as approvals, max(approvals) as most,
        (array_agg(name order by approvals desc, name))[1] as name
      from by_person
    ), glass as (
      select count(*) as taken, count(*) filter (where b.reviewed_at is not null) as reviewed,
        count(*) filter (where b.verdict = 'not_justified') as unjustified,
        count(*) filter (where b.reviewed_at is null and b.due_at < ${now}) as overdue
      from break_glass_reviews b join requests r on r.id = b.request_id
      where ${visible(sql`r.resource_id`)} and ${within(sql`b.opened_at`)}
    ), newest as (
      select max(c.number) as number from campaigns c where 'standing' = any(c.of) and c.collected_at is not null
    ), standing as (
      select count(*) as found, count(*) filter (where i.gone_at is not null) as gone, max(c.collected_at) as at
      from newest join campaigns c using (number) join campaign_items i on i.campaign_id = c.id
      where i.kind = 'standing' and ${visible(sql`i.resource_id`)}
    ), drift as (
      select count(*) as found from audit_events e
      where e.action = 'grant.drifted' and ${visible(sql`e.resource_id`)} and ${within(sql`e.at`)}
    ), noticed as (
      select count(*) filter (where ${within(sql`al.raised_at`)}) as raised, count(*) filter (where al.state = 'open') as open,
        min(al.raised_at) filter (where al.state = 'open') as oldest,
        percentile_cont(0.5) within group (order by extract(epoch from al.answered_at - al.raised_at)::float8 / 3600)
          filter (where ${within(sql`al.raised_at`)}) as hours
      from alerts al where ${visible(sql`al.resource_id`)}
    ), verified as (
      select count(*) as times, count(*) filter (where (e.details ->> 'faults')::int > 0) as faulty, max(e.at) as at
      from audit_events e where e.action = 'record.verified' and ${within(sql`e.at`)}
    ), signed as (
      select max(size) as size, max(signed_at) as at from record_checkpoints
    )
    select f.section, f.figure, f.value::float8 as value, f.unit, f.note, f.at
    from asked, given, open, gone, deciders, glass, newest, standing, drift, noticed, verified, signed, lateral (values
      (1, 'Access', 'Requests', asked.requests::numeric, null, null, null::timestamptz),
      (2, 'Access', 'Approved', asked.approved, null, null, null),
      (3, 'Access', 'Denied', asked.denied, null, null, null),
      (4, 'Access', 'Nobody decided in time', asked.expired, null, null, null),
      (5, 'Access', 'Leases that began', given.leases, null, null, null),
      (6, 'Access', 'People who got access', given.people, null, given.outside || ' of them of other companies', null),
      (7, 'Access', 'Leases that are open now', open.leases, null, null, null),
      (10, 'How long', 'Half of the leases were for at most', round(given.hours::numeric, 2), 'h', null, null),
      (11, 'How long', 'The longest was for', round(given.longest::numeric, 2), 'h', null, null),
      (12, 'How long', 'Hours of access, of all leases that ended', round(gone.hours::numeric, 1), 'h', null, null),
      (20, 'How fast', 'Half of the approvals came within', round(asked.minutes[1]::numeric, 1), 'min', null, null),
      (21, 'How fast', 'Nine of ten came within', round(asked.minutes[2]::numeric, 1), 'min', null, null),
      (22, 'How fast', 'Approved by a rule, nobody was asked', asked.by_rule, null, null, null),
      (30, 'Who approves', 'People who approved', deciders.people, null, null, null),
      (31, 'Who approves', 'Share of the one who approved most', round(100.0 * deciders.most / nullif(deciders.approvals, 0), 1), '%', deciders.name, null),
      (40, 'How it ended', 'Leases that ended', gone.leases, null, gone.early || ' of them before their end', null),
      (41, 'How it ended', 'Gone within 60 seconds of the end', round(100.0 * (gone.leases - gone.late) / nullif(gone.leases, 0), 2), '%', null, null),
      (42, 'How it ended', 'Late', gone.late, null, 'more than 60 seconds over', null),
      (43, 'How it ended', 'The longest was over by', round(gone.longest::numeric, 1), 'min', null, null),
      (44, 'How it ended', 'Proven by a check at the target', gone.real, null, null, null),
      (45, 'How it ended', 'Proven by the answer of an API', gone.contract, null, null, null),
      (46, 'How it ended', 'A person or a receiver said so', gone.attested, null, null, null),
      (47, 'How it ended', 'Could not be removed, now', open.failed, null, null, null),
      (50, 'Break-glass', 'Taken', glass.taken, null, null, null),
      (51, 'Break-glass', 'Reviewed', glass.reviewed, null, glass.unjustified || ' found not justified', null),
      (52, 'Break-glass', 'Review overdue', glass.overdue, null, null, null),
      (60, 'Standing access', 'Left at the targets', case when newest.number is not null then standing.found - standing.gone end, null,
        coalesce('of ' || standing.found || ' in the access review RV-' || newest.number, 'no access review has listed it'), standing.at),
      (61, 'Standing access', 'Differences between targets and leases', drift.found, null, 'report drift', null),
      (70, 'Alerts', 'Raised', noticed.raised, null, null, null),
      (71, 'Alerts', 'Open now', noticed.open, null, case when noticed.open > 0 then 'the oldest was raised' end, noticed.oldest),
      (72, 'Alerts', 'Half of the answers came within', round(noticed.hours::numeric, 1), 'h', null, null),
      (80, 'The log', 'Events in the last signed checkpoint', signed.size, null, 'signed', signed.at),
      (81, 'The log', 'Verifications', verified.times, null, case when verified.times > 0 then 'the last one' else 'none in this period' end, verified.at),
      (82, 'The log', 'Verifications that found a fault', verified.faulty, null, null, null)
    ) as f (place, section, figure, value, unit, note, at)
    where ${seesAll} or f.section <> 'The log'
    order by f.place`
  },
})
