import { scaleLinear } from 'd3-scale'
import type { Chart } from '../domain/chart.ts'
import { totalsOf } from '../domain/chart.ts'
import { box, type Drawing, figure, type Sheet, text, widthOf } from './marks.ts'

const rowHeight = 26
const barHeight = 16

/** One bar for each place, with its value and share at its end. */
export function drawRows(chart: Chart, { palette, width }: Sheet): Drawing {
  const totals = totalsOf(chart)
  const all = totals.reduce((sum, value) => sum + value, 0)
  const ends = totals.map((value) => `${figure(value)}${all > 0 ? ` (${shareOf(value, all)})` : ''}`)
  const left = Math.max(widthOf(chart.along), ...chart.places.map(widthOf)) + 10
  const right = Math.max(widthOf(chart.unit), ...ends.map(widthOf)) + 8
  const along = scaleLinear([0, Math.max(1, ...totals)], [0, Math.max(20, width - left - right)])
  const marks = [
    text(chart.along, { x: left - 10, y: 12, fill: palette.faint, anchor: 'end' }),
    text(chart.unit, { x: left, y: 12, fill: palette.faint }),
    ...chart.places.flatMap((place, at) => {
      const y = 22 + at * rowHeight
      const base = y + barHeight / 2 + 4
      let x = left
      const bars = chart.series.map(({ values, tone }) => {
        const value = values[at] ?? 0
        // One late lease among thousands is still seen.
        const length = value > 0 ? Math.max(2, along(value)) : 0
        x += length
        return box({ x: x - length, y, width: length, height: barHeight, fill: palette.tones[tone] })
      })
      return [
        text(place, { x: left - 10, y: base, fill: palette.text, anchor: 'end' }),
        ...bars,
        text(ends[at] ?? '', { x: x + 7, y: base, fill: palette.text }),
      ]
    }),
    box({
      x: left - 0.5,
      y: 20,
      width: 1,
      height: chart.places.length * rowHeight - 4,
      fill: palette.faint,
    }),
  ]
  return { marks, height: 22 + chart.places.length * rowHeight }
}

function shareOf(value: number, all: number): string {
  const share = (100 * value) / all
  return share > 0 && share < 0.1 ? 'under 0.1%' : `${figure(share)}%`
}
