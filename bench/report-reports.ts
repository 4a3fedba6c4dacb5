import type { ReportsFigures } from './parts/reports.ts'
import { ms, ratio, table } from './table.ts'

/** Formats the times of reports as text. */
export function reportsLines({ requests, days, reports }: ReportsFigures): string[] {
  const rows = reports.map(({ name, rows: count, reportMs, bareMs }) => [
    name,
    count.toLocaleString('en-US'),
    ms(reportMs),
    ms(bareMs),
    ratio(reportMs / bareMs),
  ])
  return [
    '',
    `REPORTS OVER ${requests.toLocaleString('en-US')} requests in ${days} days: all rows as CSV, beside the same statement alone`,
    ...table([['', 'rows', 'report ms', 'bare ms', 'times'], ...rows]),
  ]
}
