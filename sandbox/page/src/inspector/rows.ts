import { computed } from '@preact/signals'
import type { TrafficSummary } from '../../../control/stream-types.ts'
import type { Violation } from '../../../types.ts'
import { looseViolations, traffic } from '../state/store.ts'

/** A line of the inspector: a request, or a violation without a request. */
export type Row =
  | { kind: 'entry'; id: string; at: string; entry: TrafficSummary }
  | { kind: 'violation'; id: string; at: string; violation: Violation }

const rows = computed<Row[]>(() => {
  const entries = traffic.value.map((entry): Row => ({ kind: 'entry', id: entry.id, at: entry.at, entry }))
  const loose = looseViolations.value.map(
    (violation): Row => ({ kind: 'violation', id: violation.id, at: violation.at, violation }),
  )
  return [...entries, ...loose].sort((a, b) => numberOf(b) - numberOf(a))
})

export const violationCount = computed(() =>
  rows.value.reduce((sum, row) => sum + (row.kind === 'violation' ? 1 : row.entry.violations.length), 0),
)

export interface Filter {
  text: string
  direction: '' | 'to_app' | 'from_app'
  onlyRefused: boolean
}

/** The matching rows, newest first. */
export function rowsFor({ text, direction, onlyRefused }: Filter): Row[] {
  const wanted = text.trim().toLowerCase()
  return rows.value.filter((row) => {
    if (direction && (row.kind !== 'entry' || row.entry.direction !== direction)) return false
    if (onlyRefused && !isRefused(row)) return false
    return errorText(row).includes(wanted)
  })
}

function isRefused(row: Row): boolean {
  return row.kind === 'violation' || row.entry.violations.length > 0 || row.entry.error !== undefined
}

function errorText(row: Row): string {
  if (row.kind === 'violation') return `${row.violation.kind} ${row.violation.detail}`.toLowerCase()
  const { name, error = '', violations } = row.entry
  return `${name} ${error} ${violations.map(({ kind, detail }) => `${kind} ${detail}`).join(' ')}`.toLowerCase()
}

/** Entries and violations are counted together, in the order they came. */
function numberOf({ id }: Row): number {
  return Number(id.slice(1))
}
