import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { stringify } from 'csv-stringify/sync'
import type { MadeReport, ReportFormat, ReportRow, ReportWriter } from './domain/report.ts'
import { htmlWriter } from './report-page.ts'

export const reportFormats = {
  csv: csvWriter,
  jsonl: jsonlWriter,
  html: htmlWriter,
} as const satisfies Record<ReportFormat, (report: MadeReport, out: Writable) => ReportWriter>

/** With the titles in the first line. No cell is a formula for a spreadsheet: https://owasp.org/www-community/attacks/CSV_Injection */
function csvWriter({ kind }: MadeReport, out: Writable): ReportWriter {
  const columns = kind.columns.map(({ key, title }) => ({ key, header: title }))
  const csv = (rows: readonly ReportRow[], header: boolean) =>
    stringify([...rows], {
      ...{ columns, header, escape_formulas: true },
      cast: { date: (value) => value.toISOString() },
    })
  let isBegun = false
  return {
    rows: async (rows) => {
      if (rows.length === 0) return
      out.write(csv(rows, !isBegun))
      isBegun = true
      await drained(out)
    },
    end: async () => {
      if (!isBegun) out.write(csv([], true))
    },
  }
}

/** One row a line, with the keys of its columns. Instants are in UTC. */
function jsonlWriter({ kind }: MadeReport, out: Writable): ReportWriter {
  return {
    rows: async (rows) => {
      const lines = rows.map((row) => {
        const cells = kind.columns.map(({ key }) => [key, row[key] ?? null])
        return `${JSON.stringify(Object.fromEntries(cells))}\n`
      })
      out.write(lines.join(''))
      await drained(out)
    },
    end: async () => {},
  }
}

async function drained(out: Writable): Promise<void> {
  if (out.writableNeedDrain) await once(out, 'drain')
}
