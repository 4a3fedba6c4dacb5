import { type Chart, totalsOf } from '../../domain/chart.ts'
import type { ReportCell, ReportRow } from '../../domain/report.ts'

/** A cell that counts. */
export function numberOf(cell: ReportCell | undefined): number {
  return typeof cell === 'number' ? cell : 0
}

/** Such as `700 approved, 55 denied`. */
export function sumsOf({ series }: Pick<Chart, 'series'>): string {
  const parts = series.map(({ name, values }) => `${shown(values.reduce((a, b) => a + b, 0))} ${name}`)
  return parts.join(', ') || 'none'
}

/** Such as `Most at 2026-11-02: 80.` */
export function peakOf(chart: Pick<Chart, 'places' | 'series'>): string {
  const totals = totalsOf(chart)
  const most = Math.max(...totals)
  return `Most at ${chart.places[totals.indexOf(most)]}: ${shown(most)}.`
}

interface Spread {
  readonly name: string
  readonly title: string
  /** The column that counts. */
  readonly unit: 'requests' | 'leases'
  /** Begins the words. */
  readonly said: string
  readonly along: string
  /** The steps that are late, besides the last. None: nothing is late. */
  readonly late: readonly string[]
}

/** The chart of a report that `spread` made. */
export function spreadChart(
  rows: readonly ReportRow[],
  { name, title, unit, said, along, late }: Spread,
): Chart | null {
  const counts = rows.map((row) => numberOf(row[unit]))
  const all = counts.reduce((a, b) => a + b, 0)
  if (all === 0) return null
  const places = rows.map(({ within }) => String(within))
  const isLate = (place: string) => late.includes(place) || (late.length > 0 && place === places.at(-1))
  const countsWhere = (wanted: boolean) =>
    counts.map((count, at) => (isLate(places[at] ?? '') === wanted ? count : 0))
  const parts = places.map((place, at) => `${place}: ${shown(counts[at] ?? 0)}`)
  return {
    ...{ name, title, unit, along, form: 'rows', places },
    series: [
      { name: unit, tone: 'main', values: countsWhere(false) },
      ...(late.length > 0 ? [{ name: 'late', tone: 'bad' as const, values: countsWhere(true) }] : []),
    ],
    words: `${said}, ${shown(all)} in all, by the time that it took. ${parts.join('; ')}.`,
  }
}

function shown(count: number): string {
  return count.toLocaleString('en-US')
}
