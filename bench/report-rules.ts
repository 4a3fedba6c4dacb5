import type { RulesFigures } from './parts/rules.ts'
import type { StormFigures } from './parts/storm.ts'
import { ms, ratio, table } from './table.ts'

/** Formats the decisions, the form and App Home as text. */
export function rulesLines(figures: RulesFigures): string[] {
  const { policies, people, resources, rows, decisions, form, home } = figures
  return [
    '',
    `DECISIONS with ${policies} policies more than the shipped ones, by ${people} people`,
    ...table([
      ['', 'daypass p50 ms', 'p99', 'Cedar p50 ms', 'p99', 'ratio p50', 'p99'],
      ...decisions.map(({ name, daypass, cedar }) => [
        name,
        ...[daypass.p50, daypass.p99, cedar.p50, cedar.p99].map(ms),
        ratio(daypass.p50 / cedar.p50),
        ratio(daypass.p99 / cedar.p99),
      ]),
    ]),
    '',
    `A KEYSTROKE OF THE FORM over ${resources} resources with 10 entitlements each, and APP HOME with ${rows} rows of each kind`,
    ...table([
      ['', 'p50 ms', 'p95', 'max', 'event loop blocked, ms'],
      ...[...form, home].map(({ name, took, blocked }) => [
        name,
        ...[took.p50, took.p95, took.max, blocked].map(ms),
      ]),
    ]),
    `(App Home: ${home.blocks} blocks; ${home.shown}.)`,
  ]
}

/** Formats the leases that end together before targets that do nothing. */
export function stormLines({ count, targets, daypass, bare }: StormFigures): string[] {
  const row = (name: string, { lateness, seconds, cpuMs, postgresCpuMs }: StormFigures['bare']) => [
    name,
    ...[lateness.p50, lateness.p99].map(ms),
    seconds.toFixed(2),
    Math.round(count / seconds).toString(),
    ...[cpuMs, postgresCpuMs].map(ms),
  ]
  return [
    '',
    `${count} LEASES ENDING WITHIN ONE SECOND at ${targets} targets that do nothing, queue on Redis`,
    ...table([
      ['', 'late p50 ms', 'p99', 'all gone, s', 'per second', 'CPU each, ms', 'of Postgres'],
      row('daypass', daypass),
      row('bare BullMQ, one transaction each', bare),
      ['ratio', '', '', '', ratio(bare.seconds / daypass.seconds), '', ''],
    ]),
  ]
}
