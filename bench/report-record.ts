import type { RecordFigures } from './parts/record.ts'
import { ms, ratio, table } from './table.ts'

/** Formats the cost of the record as text. */
export function recordLines({
  clients,
  plainPerSecond,
  recordedPerSecond,
  lag,
  verified,
}: RecordFigures): string[] {
  const { events, sequencedInSeconds, seconds } = verified
  const each = (took: number) => Math.round(events / took).toLocaleString('en-US')
  return [
    '',
    `THE RECORD: audit events of ${clients} clients, each a commit`,
    ...table([
      ['', 'per second', 'ratio', 'lag p50 ms', 'lag p99 ms'],
      ['plain inserts', Math.round(plainPerSecond).toString(), '', '', ''],
      [
        'with positions and checkpoints',
        Math.round(recordedPerSecond).toString(),
        ratio(recordedPerSecond / plainPerSecond),
        ms(lag.p50),
        ms(lag.p99),
      ],
    ]),
    `${events.toLocaleString('en-US')} events got their positions in ${sequencedInSeconds.toFixed(1)} s (${each(sequencedInSeconds)} a second), and were verified in ${seconds.toFixed(1)} s (${each(seconds)} a second).`,
  ]
}
