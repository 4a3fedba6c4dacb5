import { spreadChart } from './_charts.ts'
import { overEnd, spread } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

/** Seconds, and their names. */
const steps = [
  [5, '5 seconds'],
  [15, '15 seconds'],
  [60, '1 minute'],
  [300, '5 minutes'],
  [900, '15 minutes'],
  [3_600, '1 hour'],
  [14_400, '4 hours'],
] as const

export const timeOverEndReport = defineReport({
  name: 'time-over-end',
  title: 'Time that access outlived its end',
  about:
    'How long after the due end the target was seen without the access. The end is due at the end of the lease, or when somebody took it back earlier.',
  parameters: ['from', 'to', 'last', 'resource'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({
    within: 'text',
    leases: 'number',
    share: ['Share, %', 'number'],
    upToHere: ['Up to here, %', 'number'],
  }),
  query: ({ sql, visible, within }) =>
    spread(
      sql,
      steps,
      sql`select ${overEnd(sql)} as seconds from grants g
        where g.activated_at is not null and g.ended_at is not null and ${visible(sql`g.resource_id`)} and ${within(sql`g.ended_at`)}`,
      sql`leases`,
    ),
  chart: (rows) =>
    spreadChart(rows, {
      ...{ name: 'time-over-end', title: 'Time that access outlived its end' },
      ...{ unit: 'leases', said: 'Leases whose access was seen to be gone', along: 'gone within' },
      // As in the report `summary`.
      late: steps.filter(([seconds]) => seconds > 60).map(([, name]) => name),
    }),
})
