import type { Chart } from '../../domain/chart.ts'
import type { ReportKind, ReportRow, Reports } from '../../domain/report.ts'
import type { Database } from '../database.ts'
import { activeReport } from './active.ts'
import { activityReport } from './activity.ts'
import { alertsReport } from './alerts.ts'
import { approverReport } from './approver.ts'
import { boardReport } from './board.ts'
import { breakGlassReport } from './break-glass.ts'
import { byDayReport } from './by-day.ts'
import { contractorReport } from './contractor.ts'
import { driftReport } from './drift.ts'
import { heldOnReport } from './held-on.ts'
import { neverUsedReport } from './never-used.ts'
import { populationReport } from './population.ts'
import { questionsReport } from './questions.ts'
import { removedReport } from './removed.ts'
import { type ReportDefinition, type ReportQuery, reportQuery } from './report.ts'
import { requestsReport } from './requests.ts'
import { reviewReport } from './review.ts'
import { revocationsReport } from './revocations.ts'
import { runsReport } from './runs.ts'
import { summaryReport } from './summary.ts'
import { timeOverEndReport } from './time-over-end.ts'
import { timeToApproveReport } from './time-to-approve.ts'
import { vendorsReport } from './vendors.ts'

/** Every report, in the order in which people read their names. */
export const reportDefinitions: readonly ReportDefinition[] = [
  boardReport,
  summaryReport,
  byDayReport,
  requestsReport,
  activeReport,
  heldOnReport,
  contractorReport,
  approverReport,
  revocationsReport,
  driftReport,
  breakGlassReport,
  reviewReport,
  runsReport,
  removedReport,
  populationReport,
  vendorsReport,
  neverUsedReport,
  activityReport,
  timeToApproveReport,
  timeOverEndReport,
  alertsReport,
  questionsReport,
]

const rowsTogether = 2_000
const longestMs = 300_000

/** What people may ask for, without the queries. */
export const reportKinds: readonly ReportKind[] = reportDefinitions.map(
  ({ query: _query, chart: _chart, chartsOf: _chartsOf, ...kind }) => kind,
)

export function reportsOn({ sql }: Database): Reports {
  return {
    kinds: reportKinds,
    read: async (name, filter, begin) => {
      const definition = definitionOf(name)
      await sql.begin('isolation level repeatable read read only', async (tx) => {
        await tx`select set_config('statement_timeout', ${String(longestMs)}, true), set_config('plan_cache_mode', 'auto', true),
          set_config('idle_in_transaction_session_timeout', ${String(longestMs)}, true)`
        const parts = reportQuery(tx, filter)
        const others = await chartsOf((definition.chartsOf ?? []).map(definitionOf), parts)
        if (definition.chart) {
          const rows = await rowsOf(definition, parts)
          const own = definition.chart(rows)
          const take = begin(own ? [own, ...others] : others)
          for (let at = 0; at < rows.length; at += rowsTogether)
            if (!(await take(rows.slice(at, at + rowsTogether)))) break
          return
        }
        const take = begin(others)
        for await (const rows of definition.query(parts).cursor(rowsTogether)) {
          if (!(await take(rows as unknown as ReportRow[]))) break
        }
      })
    },
  }
}

function definitionOf(name: string): ReportDefinition {
  const definition = reportDefinitions.find((report) => report.name === name)
  if (!definition) throw new Error(`There is no report ${name}`)
  return definition
}

async function rowsOf(definition: ReportDefinition, parts: ReportQuery): Promise<ReportRow[]> {
  return [...((await definition.query(parts)) as unknown as ReportRow[])]
}

/** One after the other, because a transaction has one connection. */
async function chartsOf(
  definitions: readonly ReportDefinition[],
  parts: ReportQuery,
): Promise<readonly Chart[]> {
  const charts: Chart[] = []
  for (const definition of definitions) {
    const chart = definition.chart?.(await rowsOf(definition, parts))
    if (chart) charts.push(chart)
  }
  return charts
}
