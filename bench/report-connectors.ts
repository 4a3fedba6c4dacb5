import type { ConnectorFigures } from './parts/connectors.ts'
import { ms, ratio, table } from './table.ts'

/** Each connector beside the bare calls of its target. */
export function connectorLines(figures: readonly ConnectorFigures[]): string[] {
  const measured = figures.flatMap(({ kind, firstUse, proof }) => [
    ...(firstUse ? [[`${kind}: grant to first use`, firstUse] as const] : []),
    ...(proof ? [[`${kind}: revoke to proof`, proof] as const] : []),
  ])
  const rows = measured.map(([what, { daypass, bare }]) => [
    what,
    `${ms(daypass.p50)} / ${ms(daypass.p99)}`,
    `${ms(bare.p50)} / ${ms(bare.p99)}`,
    ratio(daypass.p50 / bare.p50),
  ])
  return [
    '',
    'CONNECTORS: one lease at a time, beside the bare calls of the target',
    ...table([['', 'daypass p50 / p99', 'bare p50 / p99', 'ratio of p50'], ...rows]),
    ...figures.flatMap(({ kind, missing }) => (missing ? [`${kind} was not measured: ${missing}`] : [])),
  ]
}
