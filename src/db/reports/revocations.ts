import { selectWhose, whose } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

/** Seconds after the time at which access had to end. */
const late = 60

export const revocationsReport = defineReport({
  name: 'revocations',
  title: 'Late and failed revocations',
  about: `Access that was still there ${late} seconds after its end was due, or whose removal failed at least once; the longest delay first. The end is due at the end of the lease, or when somebody took it back earlier.`,
  parameters: ['from', 'to', 'last', 'person', 'resource'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({
    ...whose,
    state: 'text',
    cause: 'text',
    dueAt: ['Due', 'instant'],
    goneAt: ['Gone', 'instant'],
    secondsOver: ['Seconds over', 'number'],
    failures: ['Failures on record', 'number'],
    failure: ['Last failure', 'text'],
  }),
  query: ({ sql, visible, within, ofPerson, filter: { now } }) => {
    const due = sql`least(g.lease_ends_at, g.revocation_started_at)`
    const over = sql`extract(epoch from coalesce(g.ended_at, ${now}::timestamptz) - ${due})`
    // The log is asked only about those that were tried again.
    return sql`
      select ${selectWhose(sql)}, replace(g.status, '_', ' ') as state, replace(g.revocation_cause, '_', ' ') as cause,
        ${due} as due_at, g.ended_at as gone_at, ${over}::float8 as seconds_over, f.failures,
        coalesce(g.failure_message, f.failure) as failure
      from grants g join requests r on r.id = g.request_id join accounts who on who.id = r.requester_id
        left join lateral (select count(*)::int as failures, (array_agg(e.details ->> 'message' order by e.id desc))[1] as failure
          from audit_events e where e.request_id = r.id and e.grant_id = g.id and e.action = 'grant.revocation_failed') f on true
      where g.activated_at is not null and ${due} < ${now} and ${within(due)} and ${visible(sql`g.resource_id`)}
        and ${ofPerson(sql`g.holder_id`)}
        and (${over} > ${late} or g.attempts > 1 and f.failures > 0 or g.status = 'revocation_failed')
      order by seconds_over desc, r.number`
  },
})
