import { spreadChart } from './_charts.ts'
import { spread } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

/** Seconds, and their names. */
const steps = [
  [60, '1 minute'],
  [300, '5 minutes'],
  [900, '15 minutes'],
  [1_800, '30 minutes'],
  [3_600, '1 hour'],
  [7_200, '2 hours'],
  [14_400, '4 hours'],
  [28_800, '8 hours'],
] as const

export const timeToApproveReport = defineReport({
  name: 'time-to-approve',
  title: 'Time from the request to its approval',
  about: 'How many requests people approved within which time. Requests that a rule approved are left out.',
  parameters: ['from', 'to', 'last', 'resource'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({
    within: 'text',
    requests: 'number',
    share: ['Share, %', 'number'],
    upToHere: ['Up to here, %', 'number'],
  }),
  query: ({ sql, visible, within }) =>
    spread(
      sql,
      steps,
      sql`select extract(epoch from r.closed_at - r.submitted_at) as seconds from requests r
        where r.status = 'approved' and r.how = 'approval' and ${visible(sql`r.resource_id`)} and ${within(sql`r.submitted_at`)}`,
      sql`requests`,
    ),
  chart: (rows) =>
    spreadChart(rows, {
      ...{ name: 'time-to-approve', title: 'Time from the request to its approval' },
      ...{ unit: 'requests', said: 'Requests that people approved', along: 'approved within' },
      late: [],
    }),
})
