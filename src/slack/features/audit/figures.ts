import type { ReportRow } from '../../../domain/report.ts'
import { clip, inline, moment } from '../../kit/text.ts'

/** Rows that are single figures, in mrkdwn: one text for each section, with its title. */
export function figureTexts(rows: readonly ReportRow[]): string[] {
  const titles = [...new Set(rows.map(({ section }) => String(section)))]
  return titles.map((title) => {
    const lines = rows.filter(({ section }) => section === title).map(figureLine)
    return clip([`*${inline(title, 60)}*`, ...lines].join('\n'), 2_900)
  })
}

function figureLine({ figure, value, unit, note, at }: ReportRow): string {
  const shown = typeof value === 'number' ? value.toLocaleString('en-US', { maximumFractionDigits: 2 }) : '–'
  const of = unit && typeof value === 'number' ? ` ${inline(String(unit), 20)}` : ''
  const said = [note ? inline(String(note), 160) : '', at instanceof Date ? moment(at) : '']
    .filter((part) => part !== '')
    .join(' ')
  return `${inline(String(figure), 80)}: *${shown}*${of}${said === '' ? '' : ` · ${said}`}`
}
