import { type ChartTone, chartTones } from '../domain/chart.ts'

/** The colours that a chart is drawn with: CSS colours, or the variables of a page. */
export interface Palette {
  readonly text: string
  /** Labels of the axes. */
  readonly faint: string
  /** Lines behind the figures. */
  readonly line: string
  readonly tones: Readonly<Record<ChartTone, string>>
}

/**
 * Told apart without red and green, after Okabe and Ito: https://jfly.uni-koeln.de/color/. Each has a contrast of 3:1 with its
 * background (WCAG 1.4.11).
 */
export const light: Palette = {
  text: '#1b1d21',
  faint: '#555555',
  line: '#dddddd',
  tones: {
    main: '#0072b2',
    bad: '#d55e00',
    late: '#a67a00',
    quiet: '#767676',
    open: '#00856a',
    special: '#9b4f8c',
  },
}

export const dark: Palette = {
  text: '#e8e8e8',
  faint: '#aaaaaa',
  line: '#3d4046',
  tones: {
    main: '#56b4e9',
    bad: '#ff8a4c',
    late: '#f0c24b',
    quiet: '#9a9a9a',
    open: '#35c9a5',
    special: '#e0a0d3',
  },
}

/** The variables of a page, by which it is light or dark. */
export const variables: Palette = {
  text: 'var(--chart-text)',
  faint: 'var(--chart-faint)',
  line: 'var(--chart-line)',
  tones: tonesBy((tone) => `var(--chart-${tone})`),
}

/** CSS declarations of those variables. */
export function variablesIn(one: Palette, other: Palette): string {
  const pairs: [string, string, string][] = [
    ['text', one.text, other.text],
    ['faint', one.faint, other.faint],
    ['line', one.line, other.line],
    ...chartTones.map((tone): [string, string, string] => [tone, one.tones[tone], other.tones[tone]]),
  ]
  return pairs.map(([name, a, b]) => `--chart-${name}: light-dark(${a}, ${b});`).join(' ')
}

function tonesBy(of: (tone: ChartTone) => string): Palette['tones'] {
  return {
    main: of('main'),
    bad: of('bad'),
    late: of('late'),
    quiet: of('quiet'),
    open: of('open'),
    special: of('special'),
  }
}
