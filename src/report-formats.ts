import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { stringify } from 'csv-stringify'
import type { MadeReport, ReportCell, ReportColumn, ReportFormat, ReportRow } from './domain/report.ts'

/** Writes a report to a stream, some rows at a time. */
export interface ReportWriter {
  rows(rows: readonly ReportRow[]): Promise<void>
  end(): Promise<void>
}

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

/** A page that needs nothing else, to be read or printed. */
function htmlWriter(report: MadeReport, out: Writable): ReportWriter {
  const { kind, about } = report
  let count = 0
  out.write(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${html(kind.title)}</title><style>${style}</style></head><body>
<header><h1>${html(kind.title)}</h1><p>${html(kind.about)}</p>
<p class="about">${html(aboutText(report))}</p></header>
<table><thead><tr>${kind.columns.map((column) => `<th scope="col" class="${column.kind}">${html(column.title)}</th>`).join('')}</tr></thead>
<tbody>
`)
  return {
    rows: async (rows) => {
      count += rows.length
      for (const row of rows)
        out.write(`<tr>${kind.columns.map((column) => cellHtml(column, row)).join('')}</tr>\n`)
      await drained(out)
    },
    end: async () => {
      const rows = count === 1 ? '1 row' : `${count.toLocaleString('en-US')} rows`
      out.write(`</tbody></table>
<footer>${rows}. Made by Daypass, ${html(instantText(about.now))}. All times are in UTC.</footer></body></html>
`)
    },
  }
}

function cellHtml({ key, kind }: ReportColumn, row: ReportRow): string {
  return `<td class="${kind}">${html(cellText(row[key] ?? null))}</td>`
}

/** A cell for people. */
function cellText(cell: ReportCell): string {
  if (cell === null) return '–'
  if (cell instanceof Date) return instantText(cell)
  return typeof cell === 'number' ? (Math.round(cell * 100) / 100).toLocaleString('en-US') : cell
}

function aboutText({ about }: MadeReport): string {
  const { from, to, userId, resourceId, requestNumber, reviewNumber } = about
  const parts = [
    from ? `from ${instantText(from)}` : '',
    to ? `to ${instantText(to)}` : '',
    userId ? `person ${userId}` : '',
    resourceId ? `resource ${resourceId}` : '',
    requestNumber === null ? '' : `request AR-${requestNumber}`,
    reviewNumber === null ? '' : `access review RV-${reviewNumber}`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? 'Everything on record.' : `About: ${parts.join(', ')}.`
}

function instantText(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function html(text: string): string {
  const signs: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (sign) => signs[sign] ?? '')
}

async function drained(out: Writable): Promise<void> {
  if (out.writableNeedDrain) await once(out, 'drain')
}

const style = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
html, body { background: light-dark(#fff, #16181c); color: light-dark(#1b1d21, #e8e8e8); }
body { margin: 2rem auto; max-width: 90rem; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
p { margin: .25rem 0; max-width: 60rem; }
.about, footer { color: light-dark(#555, #aaa); }
table { border-collapse: collapse; margin: 1.25rem 0; width: 100%; font-size: .87rem; }
th, td { border-bottom: 1px solid light-dark(#ddd, #444); padding: .4rem .6rem; text-align: left; vertical-align: top; }
th { border-bottom: 2px solid light-dark(#888, #888); }
td { overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.instant { white-space: nowrap; font-variant-numeric: tabular-nums; }
@media print {
  :root { color-scheme: light; font-size: 10px; }
  html, body { background: none; color: #000; }
  body { margin: 0; max-width: none; padding: 0; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  @page { size: A4 landscape; margin: 12mm; }
}`
