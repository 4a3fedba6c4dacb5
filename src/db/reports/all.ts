import type { ReportKind, ReportRow, Reports } from '../../domain/report.ts'
import type { Database } from '../database.ts'
import { activeReport } from './active.ts'
import { activityReport } from './activity.ts'
import { alertsReport } from './alerts.ts'
import { approverReport } from './approver.ts'
import { breakGlassReport } from './break-glass.ts'
import { contractorReport } from './contractor.ts'
import { driftReport } from './drift.ts'
import { heldOnReport } from './held-on.ts'
import { neverUsedReport } from './never-used.ts'
import { populationReport } from './population.ts'
import { questionsReport } from './questions.ts'
import { removedReport } from './removed.ts'
import { type ReportDefinition, reportQuery } from './report.ts'
import { reviewReport } from './review.ts'
import { revocationsReport } from './revocations.ts'
import { runsReport } from './runs.ts'
import { summaryReport } from './summary.ts'
import { timeOverEndReport } from './time-over-end.ts'
import { timeToApproveReport } from './time-to-approve.ts'
import { vendorsReport } from './vendors.ts'

/** Every report, in the order in which people read their names. */
const definitions: readonly ReportDefinition[] = [
  summaryReport,
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

const rowsTogether = 500
const longestMs = 300_000

/** What people may ask for, without the queries. */
export const reportKinds: readonly ReportKind[] = definitions.map(({ query: _, ...kind }) => kind)

export function reportsOn({ sql }: Database): Reports {
  return {
    kinds: reportKinds,
    read: async (name, filter, take) => {
      const definition = definitions.find((report) => report.name === name)
      if (!definition) throw new Error(`There is no report ${name}`)
      await sql.begin('isolation level repeatable read read only', async (tx) => {
        await tx`select set_config('statement_timeout', ${String(longestMs)}, true), set_config('plan_cache_mode', 'auto', true),
          set_config('idle_in_transaction_session_timeout', ${String(longestMs)}, true)`
        const query = definition.query(reportQuery(tx, filter))
        for await (const rows of query.cursor(rowsTogether)) {
          if (!(await take(rows as unknown as ReportRow[]))) break
        }
      })
    },
  }
}
