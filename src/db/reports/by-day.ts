import { numberOf, peakOf } from './_charts.ts'
import { columns, day, defineReport } from './report.ts'

export const byDayReport = defineReport({
  name: 'by-day',
  title: 'Leases by day',
  about:
    'How many leases were open at any time of each day, and how many began and were gone on it. Days are days in UTC.',
  parameters: ['from', 'to', 'last', 'resource'],
  required: [],
  usualSeconds: 90 * day,
  columns: columns({ day: 'text', open: 'number', began: 'number', gone: 'number' }),
  query: ({ sql, visible, filter: { from, to, now } }) => sql`
    with leases as materialized (
      select date_trunc('day', g.activated_at, 'UTC') as began, date_trunc('day', g.ended_at, 'UTC') as gone
      from grants g where g.activated_at is not null and ${visible(sql`g.resource_id`)}
        and (${from}::timestamptz is null or g.ended_at is null or g.ended_at >= ${from}) and g.activated_at <= coalesce(${to}, ${now}::timestamptz)
    ), days as (
      select generate_series(
        date_trunc('day', coalesce(${from}::timestamptz, (select min(began) from leases)), 'UTC') - interval '1 day',
        date_trunc('day', least(${to}::timestamptz - interval '1 microsecond', ${now}::timestamptz), 'UTC'), '1 day') as day
    ), began as (
      select greatest(began, (select min(day) from days)) as day, count(*) as count from leases group by 1
    ), gone as (
      select greatest(gone, (select min(day) from days)) as day, count(*) as count from leases where gone is not null group by 1
    ), counted as (
      select day, coalesce(began.count, 0) as began, coalesce(gone.count, 0) as gone,
        sum(coalesce(began.count, 0)) over (order by day) - sum(coalesce(gone.count, 0)) over (order by day) + coalesce(gone.count, 0) as open
      from days left join began using (day) left join gone using (day)
    )
    select to_char(day at time zone 'UTC', 'YYYY-MM-DD') as day, open::float8 as open, began::float8 as began, gone::float8 as gone
    from counted where day > (select min(day) from days) order by day`,
  chart: (rows) => {
    const open = rows.map((row) => numberOf(row.open))
    if (!open.some((count) => count > 0)) return null
    const places = rows.map(({ day: of }) => String(of))
    const series = [{ name: 'open leases', tone: 'main' as const, values: open }]
    const middle = open.toSorted((a, b) => a - b)[Math.floor(open.length / 2)] ?? 0
    return {
      ...{ name: 'by-day', title: 'Leases that were open on each day', form: 'area', places, series },
      ...{ unit: 'leases', along: 'day' },
      words: `Leases that were open on each of ${places.length} days, from ${places[0]} to ${places.at(-1)}. ${peakOf({ places, series })} On the middle day: ${middle}. On the last day: ${open.at(-1)}.`,
    }
  },
})
