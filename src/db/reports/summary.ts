import { numberOf, peakOf, sumsOf } from './_charts.ts'
import { overEnd } from './_parts.ts'
import { columns, day, defineReport } from './report.ts'

export const summaryReport = defineReport({
  name: 'summary',
  title: 'Requests and access by week',
  about:
    'What became of the requests of each week, and how the leases of that week ended. Weeks begin on Monday, in UTC. Late: the access was still there 60 seconds after its end was due.',
  parameters: ['from', 'to', 'last', 'resource'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({
    week: ['Week of', 'text'],
    requests: 'number',
    approved: 'number',
    denied: 'number',
    cancelled: 'number',
    expired: ['Nobody decided', 'number'],
    pending: ['Waiting', 'number'],
    breakGlass: ['Of these break-glass', 'number'],
    ended: ['Leases ended', 'number'],
    late: ['Of these late', 'number'],
  }),
  query: ({ sql, visible, within }) => sql`
    with asked as (
      select date_trunc('week', r.submitted_at, 'UTC') as week, count(*) as requests,
        count(*) filter (where r.status = 'approved') as approved, count(*) filter (where r.status = 'denied') as denied,
        count(*) filter (where r.status = 'cancelled') as cancelled, count(*) filter (where r.status = 'expired') as expired,
        count(*) filter (where r.status = 'pending') as pending, count(*) filter (where r.how = 'break_glass') as break_glass
      from requests r where ${visible(sql`r.resource_id`)} and ${within(sql`r.submitted_at`)} group by 1
    ), over as (
      select date_trunc('week', g.ended_at, 'UTC') as week, count(*) as ended, count(*) filter (where ${overEnd(sql)} > 60) as late
      from grants g where g.activated_at is not null and ${visible(sql`g.resource_id`)} and ${within(sql`g.ended_at`)}
        and g.ended_at is not null group by 1
    )
    select to_char(week at time zone 'UTC', 'YYYY-MM-DD') as week, coalesce(requests, 0)::float8 as requests,
      coalesce(approved, 0)::float8 as approved, coalesce(denied, 0)::float8 as denied, coalesce(cancelled, 0)::float8 as cancelled,
      coalesce(expired, 0)::float8 as expired, coalesce(pending, 0)::float8 as pending, coalesce(break_glass, 0)::float8 as break_glass,
      coalesce(ended, 0)::float8 as ended, coalesce(late, 0)::float8 as late
    from asked full join over using (week)
    order by week`,
  chart: (rows) => {
    if (rows.length === 0) return null
    const of = (key: string) => rows.map((row) => numberOf(row[key]))
    const broken = of('breakGlass')
    const series = [
      {
        name: 'approved',
        tone: 'main',
        values: of('approved').map((count, at) => count - (broken[at] ?? 0)),
      },
      { name: 'break-glass', tone: 'special', values: broken },
      { name: 'denied', tone: 'bad', values: of('denied') },
      { name: 'nobody decided', tone: 'late', values: of('expired') },
      { name: 'cancelled', tone: 'quiet', values: of('cancelled') },
      { name: 'waiting', tone: 'open', values: of('pending') },
    ] as const
    const places = rows.map(({ week }) => String(week))
    const shown = { places, series: series.filter(({ values }) => values.some((value) => value > 0)) }
    return {
      ...{ name: 'summary', title: 'Requests by week and outcome', form: 'columns', ...shown },
      ...{ unit: 'requests', along: 'week of (Monday)' },
      words: `Requests by week and outcome, for ${places.length} ${places.length === 1 ? 'week' : 'weeks'} from ${places[0]}. In all: ${sumsOf(shown)}. ${peakOf(shown)}`,
    }
  },
})
