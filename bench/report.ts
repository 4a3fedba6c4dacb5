import type { AckFigures, Interaction } from './parts/acknowledgements.ts'
import type { ActivationFigures } from './parts/approve-to-active.ts'
import type { AuditFigures } from './parts/audit.ts'
import type { ConnectorFigures } from './parts/connectors.ts'
import type { LeaseFigures } from './parts/leases-ending.ts'
import type { MemoryFigures, SoakFigures } from './parts/memory.ts'
import type { PanicFigures } from './parts/panic.ts'
import type { RecordFigures } from './parts/record.ts'
import type { ReportsFigures } from './parts/reports.ts'
import type { RulesFigures } from './parts/rules.ts'
import type { StormFigures } from './parts/storm.ts'
import { auditLines } from './report-audit.ts'
import { connectorLines } from './report-connectors.ts'
import { memoryLines, soakTitle } from './report-memory.ts'
import { recordLines } from './report-record.ts'
import { reportsLines } from './report-reports.ts'
import { rulesLines, stormLines } from './report-rules.ts'
import { ms, ratio, table } from './table.ts'

/** All results of one run. A part that did not run is null. */
export interface Results {
  readonly about: Readonly<Record<string, string>>
  readonly acknowledgements: readonly AckFigures[] | null
  readonly activation: ActivationFigures | null
  readonly leases: LeaseFigures | null
  readonly panic: PanicFigures | null
  readonly storm: StormFigures | null
  readonly audit: AuditFigures | null
  readonly reports: ReportsFigures | null
  readonly rules: RulesFigures | null
  readonly connectors: readonly ConnectorFigures[] | null
  readonly record: RecordFigures | null
  readonly memory: MemoryFigures | null
  readonly soak: SoakFigures | null
}

/** Formats the results as text. */
export function describeResults({
  about,
  acknowledgements,
  activation,
  leases,
  panic,
  storm,
  audit,
  reports,
  rules,
  connectors,
  record,
  memory,
  soak,
}: Results): string {
  return [
    ...Object.entries(about).map(([name, value]) => `${name.padEnd(12)} ${value}`),
    ...(acknowledgements ? [...acks(acknowledgements, 'command'), ...acks(acknowledgements, 'approve')] : []),
    ...(activation ? activationLines(activation) : []),
    ...(leases ? leaseLines(leases) : []),
    ...(panic ? panicLines(panic) : []),
    ...(storm ? stormLines(storm) : []),
    ...(audit ? auditLines(audit) : []),
    ...(reports ? reportsLines(reports) : []),
    ...(rules ? rulesLines(rules) : []),
    ...(connectors ? connectorLines(connectors) : []),
    ...(record ? recordLines(record) : []),
    ...(memory ? memoryLines('MEMORY of daypass serve', memory.readings) : []),
    ...(soak ? memoryLines(soakTitle(soak), soak.readings) : []),
  ].join('\n')
}

const titles: Record<Interaction, string> = {
  command: 'ACKNOWLEDGED: /request-access as one line, which submits',
  approve: 'ACKNOWLEDGED: a click on Approve',
}

function acks(all: readonly AckFigures[], interaction: Interaction): string[] {
  const figures = all.filter((one) => one.interaction === interaction)
  const base = figures.find(({ candidate }) => candidate === 'bolt, one commit')
  const rows = figures.map(({ candidate, latency, saturated, cpuMs, postgresCpuMs }) => [
    candidate,
    ms(latency.p50),
    ms(latency.p99),
    Math.round(saturated).toString(),
    ms(cpuMs),
    ms(postgresCpuMs),
    base ? ratio(saturated / base.saturated) : '',
    base ? ratio(latency.p99 / base.latency.p99) : '',
  ])
  const head = [
    '',
    'p50 at 200/s',
    'p99 at 200/s',
    'saturated',
    'CPU per ack',
    'of Postgres',
    'throughput',
    'p99',
  ]
  const units = ['', 'ms', 'ms', 'per second', 'ms', 'ms', '/ one commit', '/ one commit']
  const notes = figures.flatMap(({ candidate, failed, late }) => [
    ...(failed > 0 ? [`${candidate}: ${failed} were not acknowledged within 3 s`] : []),
    ...(late > 0 ? [`${candidate}: ${late} were acknowledged at 2.5 s, before they were on record`] : []),
  ])
  return ['', titles[interaction], ...table([head, units, ...rows]), ...notes]
}

function activationLines({ daypass, bareSql }: ActivationFigures): string[] {
  const row = (name: string, { p50, p99 }: { p50: number; p99: number }) => [name, ms(p50), ms(p99)]
  return [
    '',
    `FROM APPROVE TO ACTIVE: one at a time, on a system at rest (${daypass.count} times)`,
    ...table([
      ['', 'p50 ms', 'p99 ms'],
      row('daypass, click to committed as active', daypass),
      row('bare SQL: role, membership, comment, read back', bareSql),
      ['ratio', ratio(daypass.p50 / bareSql.p50), ratio(daypass.p99 / bareSql.p99)],
    ]),
  ]
}

function leaseLines({ count, activationSeconds, storms, bareSqlSeconds }: LeaseFigures): string[] {
  const rows = storms.map(({ queue, lateness, totalSeconds }) => [
    `daypass, queue on ${queue}`,
    ms(lateness.p50),
    ms(lateness.p99),
    ms(lateness.max),
    totalSeconds.toFixed(2),
    Math.round(count / totalSeconds).toString(),
  ])
  return [
    '',
    `${count} LEASES ENDING WITHIN ONE SECOND: how late each was gone and committed as ended`,
    ...table([
      ['', 'p50 ms', 'p99 ms', 'max ms', 'all gone, s', 'per second'],
      ...rows,
      [
        'bare SQL, 10 at once',
        '',
        '',
        '',
        bareSqlSeconds.toFixed(2),
        Math.round(count / bareSqlSeconds).toString(),
      ],
    ]),
    `(Before that, ${count * storms.length} requests were approved and made active in ${activationSeconds.toFixed(1)} s.)`,
  ]
}

function panicLines({ leases, living, orderedSeconds, proof, dead, slackCalls }: PanicFigures): string[] {
  const all = proof.max / 1000
  return [
    '',
    `A PANIC OVER ${leases} LIVE LEASES on three targets, one of them dead: from the submitted form until each was proven gone`,
    ...table([
      ['', 'leases', 'p50 ms', 'p99 ms', 'all, s', 'per second'],
      [
        'two living targets',
        living.toString(),
        ms(proof.p50),
        ms(proof.p99),
        all.toFixed(2),
        Math.round(living / all).toString(),
      ],
      ['the dead one: known as failed', dead.failed.toString(), '', '', dead.seconds.toFixed(2), ''],
    ]),
    `(All revocations were ordered after ${orderedSeconds.toFixed(2)} s. Messages and edits to Slack meanwhile: ${slackCalls}.)`,
  ]
}
