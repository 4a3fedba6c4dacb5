import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { drawChart } from './charts/draw.ts'
import { figure } from './charts/marks.ts'
import { dark, light, variables, variablesIn } from './charts/palettes.ts'
import { type Chart, totalsOf } from './domain/chart.ts'
import type { MadeReport, ReportCell, ReportColumn, ReportRow, ReportWriter } from './domain/report.ts'
import { markupText } from './markup.ts'

/** A page that needs nothing else, to be read or printed. Nothing in it runs, and it fetches nothing. */
export function htmlWriter(report: MadeReport, out: Writable): ReportWriter {
  const { kind, about, charts } = report
  let count = 0
  const isFigures = kind.layout === 'figures'
  const body = isFigures ? figuresBody(out) : tableBody(kind.columns, out)
  out.write(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${markupText(kind.title)}</title><style>${style}</style></head><body class="${kind.layout}">
<header><h1>${markupText(kind.title)}</h1><p>${markupText(kind.about)}</p>
<p class="about">${markupText(aboutText(report))}</p></header><main>
`)
  if (!isFigures) out.write(chartsHtml(charts, false))
  body.begin()
  return {
    rows: async (rows) => {
      count += rows.length
      body.rows(rows)
      if (out.writableNeedDrain) await once(out, 'drain')
    },
    end: async () => {
      body.end()
      if (isFigures) out.write(chartsHtml(charts, true))
      const rows = count === 1 ? '1 row' : `${count.toLocaleString('en-US')} rows`
      out.write(`</main><footer>${isFigures ? '' : `${rows}. `}Made by Daypass, ${markupText(instantText(about.now))}. All times are in UTC.</footer></body></html>
`)
    },
  }
}

interface Body {
  begin(): void
  rows(rows: readonly ReportRow[]): void
  end(): void
}

function tableBody(columns: readonly ReportColumn[], out: Writable): Body {
  return {
    begin() {
      const titles = columns.map(
        ({ kind, title }) => `<th scope="col" class="${kind}">${markupText(title)}</th>`,
      )
      out.write(`<table class="rows"><thead><tr>${titles.join('')}</tr></thead>\n<tbody>\n`)
    },
    rows(rows) {
      const lines = rows.map((row) => `<tr>${columns.map((column) => cellHtml(column, row)).join('')}</tr>\n`)
      out.write(lines.join(''))
    },
    end() {
      out.write('</tbody></table>\n')
    },
  }
}

/** Figures that stand together are under one title. */
function figuresBody(out: Writable): Body {
  let section: ReportCell = null
  return {
    begin: () => out.write('<div class="sections">\n'),
    rows(rows) {
      for (const row of rows) {
        if (row.section !== section) {
          if (section !== null) out.write('</dl></section>\n')
          section = row.section ?? null
          out.write(`<section><h2>${markupText(cellText(section))}</h2><dl>\n`)
        }
        out.write(figureHtml(row))
      }
    },
    end: () => out.write(`${section === null ? '' : '</dl></section>\n'}</div>\n`),
  }
}

function figureHtml({ figure: name, value, unit, note, at }: ReportRow): string {
  const shown = `<strong>${markupText(cellText(value ?? null))}</strong>`
  const of = unit && value !== null ? ` ${markupText(cellText(unit))}` : ''
  const said = [note, at].flatMap((cell) => (cell ? [cellText(cell)] : [])).join(' ')
  const more = said === '' ? '' : `<span class="note">${markupText(said)}</span>`
  return `<div><dt>${markupText(cellText(name ?? null))}</dt><dd>${shown}${of}${more}</dd></div>\n`
}

/** Each chart in two widths, of which the page shows one, and with its figures in words where the page has no table of them. */
function chartsHtml(charts: readonly Chart[], withTables: boolean): string {
  if (charts.length === 0) return ''
  const drawn = charts.map((chart) => {
    const draw = (className: string, width: number) =>
      drawChart(chart, { palette: variables, width, titled: false, className })
    const table = withTables ? chartTable(chart) : ''
    return `<figure><figcaption>${markupText(chart.title)}</figcaption>${draw('wide', 680)}${draw('narrow', 330)}${table}</figure>`
  })
  return `<div class="charts">${drawn.join('\n')}</div>\n`
}

function chartTable(chart: Chart): string {
  const { along, places, series } = chart
  // The two series of rows are one figure in two colours.
  const shown = chart.form === 'rows' ? [{ name: chart.unit, values: totalsOf(chart) }] : series
  const titles = shown.map(({ name }) => `<th scope="col" class="number">${markupText(name)}</th>`)
  const lines = places.map((place, at) => {
    const cells = shown.map(({ values }) => `<td class="number">${figure(values[at] ?? 0)}</td>`)
    return `<tr><th scope="row">${markupText(place)}</th>${cells.join('')}</tr>`
  })
  return `<details><summary>The figures of this chart</summary><div class="scroll" tabindex="0" role="group" aria-label="${markupText(chart.title)}"><table><thead><tr><th scope="col">${markupText(along)}</th>${titles.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div></details>`
}

function cellHtml({ key, kind }: ReportColumn, row: ReportRow): string {
  return `<td class="${kind}">${markupText(cellText(row[key] ?? null))}</td>`
}

/** A cell for people. */
function cellText(cell: ReportCell): string {
  if (cell === null) return '–'
  if (cell instanceof Date) return instantText(cell)
  return typeof cell === 'number' ? (Math.round(cell * 100) / 100).toLocaleString('en-US') : cell
}

function aboutText({ about, resourceNames }: MadeReport): string {
  const { from, to, userId, resourceId, requestNumber, reviewNumber } = about
  const parts = [
    from ? `from ${instantText(from)}` : '',
    to ? `to ${instantText(to)}` : '',
    userId ? `person ${userId}` : '',
    resourceId ? `resource ${resourceId}` : '',
    requestNumber === null ? '' : `request AR-${requestNumber}`,
    reviewNumber === null ? '' : `access review RV-${reviewNumber}`,
  ].filter((part) => part !== '')
  const said = parts.length === 0 ? 'Everything on record.' : `About: ${parts.join(', ')}.`
  return resourceNames === null ? said : `${said} Only of: ${resourceNames.join(', ') || 'nothing'}.`
}

function instantText(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

const style = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; ${variablesIn(light, dark)} }
html, body { background: light-dark(#fff, #16181c); color: light-dark(#1b1d21, #e8e8e8); }
body { margin: 2rem auto; max-width: 90rem; padding: 0 1.5rem; }
body.figures { max-width: 62rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1rem; margin: 0 0 .4rem; }
p { margin: .25rem 0; max-width: 60rem; }
.about, footer { color: light-dark(#555, #aaa); }
footer { margin: 1.5rem 0; }
table { border-collapse: collapse; }
table.rows { margin: 1.25rem 0; width: 100%; font-size: .87rem; }
th, td { border-bottom: 1px solid light-dark(#ddd, #444); padding: .4rem .6rem; text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid #888; }
td { overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.instant { white-space: nowrap; font-variant-numeric: tabular-nums; }
.sections { columns: 20rem 2; column-gap: 2.5rem; margin: 1.5rem 0; }
.sections section { border-top: 2px solid #888; break-inside: avoid; margin-bottom: 1.5rem; padding-top: .6rem; }
dl { margin: 0; }
dl div { display: flex; gap: 1rem; justify-content: space-between; border-bottom: 1px solid light-dark(#e5e5e5, #333); padding: .3rem 0; }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
.note { display: block; color: light-dark(#555, #aaa); font-size: .8rem; }
figure { margin: 1.75rem 0; }
figcaption { font-weight: 600; margin-bottom: .6rem; }
svg { display: block; height: auto; max-width: 100%; }
svg.narrow { display: none; }
details { font-size: .85rem; margin-top: .5rem; }
summary { cursor: pointer; color: light-dark(#555, #aaa); }
.scroll { max-height: 20rem; overflow: auto; }
details th, details td { padding: .2rem .6rem; }
@media (max-width: 47rem) {
  body { margin: 1rem auto; padding: 0 1rem; }
  svg.wide { display: none; }
  svg.narrow { display: block; }
  .rows { display: block; overflow-x: auto; }
}
@media print {
  :root { color-scheme: light; font-size: 10px; }
  html, body { background: none; color: #000; }
  body, body.figures { margin: 0; max-width: none; padding: 0; }
  thead { display: table-header-group; }
  tr, section, figure { break-inside: avoid; }
  svg.wide { display: block; }
  svg.narrow, details { display: none; }
  .figures .sections { columns: 2; column-gap: 2rem; }
  .figures .sections section { margin-bottom: 1rem; }
  .figures svg { width: 82%; }
  @page { size: A4 landscape; margin: 12mm; }
  @page figures { size: A4 portrait; margin: 14mm; }
  .figures { page: figures; }
}`
