import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { stringify } from 'csv-stringify'
import type { MadeReport, ReportFormat, ReportWriter } from './domain/report.ts'
import { htmlWriter } from './report-page.ts'

export const reportFormats = {
  csv: csvWriter,
  jsonl: jsonlWriter,
  html: htmlWriter,
} as const satisfies Record<ReportFormat, (report: MadeReport, out: Writable) => ReportWriter>

/** With the titles in the first line. No cell is a formula for a spreadsheet: https://owasp.org/www-community/attacks/CSV_Injection */
function csvWriter({ kind }: MadeReport, out: Writable): ReportWriter {
  const columns = kind.columns.map(({ key, title }) => ({ key, header: title }))
  const csv = stringify({
    columns,
    header: true,
    escape_formulas: true,
    cast: { date: (value) => value.toISOString() },
  })
  csv.on('readable', () => {
    for (let text = csv.read(); text !== null; text = csv.read()) out.write(text)
  })
  return {
    rows: async (rows) => {
      for (const row of rows) if (!csv.write(row)) await once(csv, 'drain')
      await drained(out)
    },
    end: async () => {
      csv.end()
      await once(csv, 'end')
    },
  }
}

/** One row a line, with the keys of its columns. Instants are in UTC. */
function jsonlWriter({ kind }: MadeReport, out: Writable): ReportWriter {
  return {
    rows: async (rows) => {
      for (const row of rows) {
        const cells = kind.columns.map(({ key }) => [key, row[key] ?? null])
        out.write(`${JSON.stringify(Object.fromEntries(cells))}\n`)
      }
      await drained(out)
    },
    end: async () => {},
  }
}

async function drained(out: Writable): Promise<void> {
  if (out.writableNeedDrain) await once(out, 'drain')
}
