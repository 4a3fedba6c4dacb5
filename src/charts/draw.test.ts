import { expect, it } from 'vitest'
import type { Chart } from '../domain/chart.ts'
import { drawChart } from './draw.ts'
import { dark, light } from './palettes.ts'
import { chartImages } from './png.ts'

const weeks: Chart = {
  ...{ name: 'weeks', title: 'Weeks', words: '<3 & "more">', form: 'columns', unit: 'requests' },
  ...{ along: 'week', places: ['2026-11-02', '2026-11-09'] },
  series: [
    { name: 'approved', tone: 'main', values: [3, 1] },
    { name: 'denied', tone: 'bad', values: [0, 1] },
  ],
}
const draw = (chart: Chart, width = 680) => drawChart(chart, { palette: light, width, titled: true })
const bars = (svg: string, tone: keyof typeof light.tones) =>
  [...svg.matchAll(new RegExp(`height="([0-9.]+)" fill="${light.tones[tone]}"`, 'g'))].map(([, height]) =>
    Number(height),
  )

it('draws each figure at its height, with a legend and no empty bar', () => {
  // The first of each is in the legend.
  expect(bars(draw(weeks), 'main').slice(1)).toEqual([200, 66.7])
  expect(bars(draw(weeks), 'bad').slice(1)).toHaveLength(1)
})

it('is well-formed, and its words are an attribute', () => {
  expect(draw(weeks)).toContain('aria-label="&lt;3 &amp; &quot;more&quot;&gt;"')
})

it('leaves out labels that have no room, and never lets two touch', () => {
  const places = Array.from({ length: 53 }, (_, week) => `2026-11-${week}x`)
  const long = {
    ...weeks,
    places,
    series: [{ name: 'all', tone: 'main' as const, values: places.map(() => 1) }],
  }
  const labelled = [...draw(long, 330).matchAll(/<text x="([0-9.]+)"[^>]*>2026/g)].map(([, x]) => Number(x))
  expect(labelled.length).toBeGreaterThan(2)
  for (const [at, x] of labelled.slice(1).entries()) expect(x - (labelled[at] ?? 0)).toBeGreaterThan(70)
})

it('draws nothing but the axes where all is zero', () => {
  const none = { ...weeks, series: [{ name: 'all', tone: 'main' as const, values: [0, 0] }] }
  expect(draw(none)).not.toContain(light.tones.main)
})

it('has colours with a contrast of 3:1 on their page', () => {
  for (const [palette, ground] of [
    [light, '#ffffff'],
    [dark, '#16181c'],
  ] as const)
    for (const colour of Object.values(palette.tones)) expect(contrast(colour, ground)).toBeGreaterThan(3)
})

const empty = Buffer.alloc(0)
it('becomes a PNG with text, on a machine without fonts', async () => {
  const [image = empty, wordless = empty] = await chartImages([
    weeks,
    { ...weeks, title: '', unit: '', along: '' },
  ])
  expect([image.subarray(1, 4).toString(), image.readUInt32BE(16)]).toEqual(['PNG', 1520])
  expect(image.length - wordless.length).toBeGreaterThan(1_000)
})

/** WCAG 2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [one, other].map(luminance).toSorted((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
