import type { Spread } from './load/latencies.ts'
import type { AuditFigures } from './parts/audit.ts'
import { ms, table } from './table.ts'

/** Formats the answers to `/audit` as text. */
export function auditLines({ requests, days, madeInSeconds, megabytes, questions }: AuditFigures): string[] {
  const rows = questions.map(({ name, first, turns, bareSql }) => [
    name,
    ...spread(first),
    ...(turns ? spread(turns) : ['', '']),
    ...spread(bareSql),
  ])
  const size = `${requests.toLocaleString('en-US')} requests and ${(requests * 5).toLocaleString('en-US')} events`
  return [
    '',
    `/AUDIT OVER ${size} IN ${days} DAYS: from the question to the blocks of the answer, one at a time`,
    ...table([
      ['', 'first page', 'p95', 'other pages', 'p95', 'bare SQL', 'p95'],
      ['', 'p50 ms', 'ms', 'p50 ms', 'ms', 'p50 ms', 'ms'],
      ...rows,
    ]),
    `(The records were written in ${madeInSeconds.toFixed(0)} s, and need ${megabytes} MB. Bare SQL reads ten rows and counts nothing.)`,
  ]
}

function spread({ p50, p95 }: Spread): string[] {
  return [ms(p50), ms(p95)]
}
