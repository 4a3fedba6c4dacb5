/**
 * The colours of a chart, by their meaning: `main` for the usual outcome, `bad`, `late`, `quiet` for those of little weight, `open` for
 * undecided ones, and `special` for emergencies.
 */
export const chartTones = ['main', 'bad', 'late', 'quiet', 'open', 'special'] as const
export type ChartTone = (typeof chartTones)[number]

export interface ChartSeries {
  readonly name: string
  readonly tone: ChartTone
  /** One for each place. */
  readonly values: readonly number[]
}

/** Figures for a picture, which nobody has drawn yet. Its texts are ours: no text of people is in them. */
export interface Chart {
  /** The name of the report whose figures it shows. For the name of a file. */
  readonly name: string
  readonly title: string
  /** Says in words, with figures, what the picture shows: for people who do not see it. At most 1,000 characters. */
  readonly words: string
  /** `columns`: stacked, along the time. `rows`: one bar for each place, with its share. `area`: one series along the time. */
  readonly form: 'columns' | 'rows' | 'area'
  /** The name of the values, such as `requests`. */
  readonly unit: string
  /** The name of the places, such as `week of`. */
  readonly along: string
  readonly places: readonly string[]
  readonly series: readonly ChartSeries[]
}

/** The sum at each place. */
export function totalsOf({ places, series }: Pick<Chart, 'places' | 'series'>): number[] {
  return places.map((_, at) => series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0))
}
