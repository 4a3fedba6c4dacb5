import { scaleBand, scaleLinear } from 'd3-scale'
import { area, stack } from 'd3-shape'
import { type Chart, totalsOf } from '../domain/chart.ts'
import { box, type Drawing, figure, fontSize, type Sheet, text, widthOf } from './marks.ts'
import type { Palette } from './palettes.ts'

const plotHeight = 200

/** Stacked columns, or an area: values upwards, places from left to right, with both axes and a legend. */
export function drawAlongTime(chart: Chart, { palette, width }: Sheet): Drawing {
  const legend = drawLegend(chart, { palette, width })
  const top = legend.height + 24
  const up = scaleLinear([0, Math.max(1, ...totalsOf(chart))], [plotHeight, 0]).nice(5)
  const ticks = up.ticks(5).filter(Number.isInteger)
  const left = Math.max(...ticks.map((tick) => widthOf(figure(tick)))) + 10
  const along = scaleBand([...chart.places.keys()], [left, width]).paddingInner(0.2)
  const plot =
    chart.form === 'area' ? areaOf(chart, along, up, palette) : columnsOf(chart, along, up, palette)
  const lines = ticks.flatMap((tick) => [
    box({
      ...{ x: left, y: up(tick) - 0.5, width: width - left, height: 1 },
      fill: tick === 0 ? palette.faint : palette.line,
    }),
    text(figure(tick), { x: left - 8, y: up(tick) + 4, fill: palette.faint, anchor: 'end' }),
  ])
  const marks = [
    ...legend.marks,
    text(chart.unit, { x: 0, y: legend.height + 10, fill: palette.faint }),
    `<g transform="translate(0 ${top})">${[...lines, ...plot, ...labels(chart, along, width, palette)].join('')}</g>`,
    text(chart.along, { x: width, y: top + plotHeight + 40, fill: palette.faint, anchor: 'end' }),
  ]
  return { marks, height: top + plotHeight + 46 }
}

type Along = ReturnType<typeof scaleBand<number>>
type Up = ReturnType<typeof scaleLinear<number, number>>

function columnsOf({ places, series }: Chart, along: Along, up: Up, palette: Palette): string[] {
  const layers = stack<number, number>()
    .keys([...series.keys()])
    .value((at, key) => series[key]?.values[at] ?? 0)([...places.keys()])
  return layers.flatMap((layer, key) =>
    layer.flatMap(([from, to], at) => {
      if (to <= from) return []
      const height = up(from) - up(to)
      // A gap between two colours, so that they are told apart without them.
      const shown = Math.max(0.75, height - (from > 0 && height > 3 ? 1 : 0))
      const tone = series[key]?.tone ?? 'main'
      return [
        box({
          ...{ x: along(at) ?? 0, y: up(to), width: along.bandwidth(), height: shown },
          fill: palette.tones[tone],
        }),
      ]
    }),
  )
}

/** With steps, because nothing is known between two places. */
function areaOf({ places, series }: Chart, along: Along, up: Up, palette: Palette): string[] {
  const [first] = series
  if (!first) return []
  const step = along.step()
  const points = places.flatMap((_, at) => {
    const [x, value] = [along(at) ?? 0, first.values[at] ?? 0]
    return [
      [x, value],
      [x + step, value],
    ] as const
  })
  const shape = area<readonly [number, number]>()
    .x(([x]) => Math.round(x * 10) / 10)
    .y0(up(0))
    .y1(([, value]) => Math.round(up(value) * 10) / 10)
  const colour = palette.tones[first.tone]
  const edge = shape.lineY1()(points) ?? ''
  return [
    `<path d="${shape(points) ?? ''}" fill="${colour}" fill-opacity="0.18"/>`,
    `<path d="${edge}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
  ]
}

/** As many labels as there is room for, each in the middle of its place and whole. */
function labels({ places }: Chart, along: Along, width: number, palette: Palette): string[] {
  const half = Math.max(...places.map(widthOf)) / 2
  const every = Math.max(1, Math.ceil((2 * half + 14) / along.step()))
  const middles = places.map((_, at) => (along(at) ?? 0) + along.bandwidth() / 2)
  const first = middles.findIndex((middle) => middle >= half)
  return places.flatMap((place, at) => {
    const x = middles[at] ?? 0
    if (at < first || (at - first) % every !== 0 || x > width - half) return []
    return [text(place, { x, y: plotHeight + 20, fill: palette.faint, anchor: 'middle' })]
  })
}

/** Nothing for one series, which the unit names. */
function drawLegend({ series }: Chart, { palette, width }: Sheet): Drawing {
  if (series.length < 2) return { marks: [], height: 0 }
  let [x, y] = [0, 0]
  const marks = series.flatMap(({ name, tone }) => {
    const wide = 18 + widthOf(name) + 16
    if (x > 0 && x + wide > width) [x, y] = [0, y + 20]
    const parts = [
      box({ x, y: y + 1, width: fontSize, height: fontSize, fill: palette.tones[tone] }),
      text(name, { x: x + 18, y: y + 11, fill: palette.text }),
    ]
    x += wide
    return parts
  })
  return { marks, height: y + 26 }
}
