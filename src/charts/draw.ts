import type { Chart } from '../domain/chart.ts'
import { markupText } from '../markup.ts'
import { drawAlongTime } from './along-time.ts'
import { type Drawing, fontSize, type Sheet, text } from './marks.ts'
import type { Palette } from './palettes.ts'
import { drawRows } from './rows.ts'

export interface DrawOptions {
  readonly palette: Palette
  /** In CSS pixels. */
  readonly width: number
  /** Whether the title is a part of the picture. */
  readonly titled: boolean
  /** CSS classes of the picture. */
  readonly className?: string
  /** A colour behind everything. Absent: transparent. */
  readonly background?: string
}

const fonts = "Inter, system-ui, 'Segoe UI', Roboto, sans-serif"

/** A chart as an SVG picture that needs nothing else. */
export function drawChart(chart: Chart, options: DrawOptions): string {
  const { palette, width, titled, className, background } = options
  const pad = background === undefined ? 0 : 20
  const top = titled ? 34 : 0
  const sheet: Sheet = { palette, width: width - 2 * pad }
  const { marks, height }: Drawing =
    chart.form === 'rows' ? drawRows(chart, sheet) : drawAlongTime(chart, sheet)
  const whole = height + top + 2 * pad
  const parts = [
    ...(background === undefined ? [] : [`<rect width="${width}" height="${whole}" fill="${background}"/>`]),
    `<g transform="translate(${pad} ${pad})">`,
    ...(titled ? [text(chart.title, { x: 0, y: 17, fill: palette.text, size: 17, bold: true })] : []),
    `<g transform="translate(0 ${top})">${marks.join('')}</g></g>`,
  ]
  const classes = className === undefined ? '' : ` class="${className}"`
  return `<svg xmlns="http://www.w3.org/2000/svg"${classes} role="img" aria-label="${markupText(chart.words)}" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" font-family="${fonts}" font-size="${fontSize}">${parts.join('')}</svg>`
}
