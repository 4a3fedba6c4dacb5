import type { MemoryReading, SoakFigures } from './parts/memory.ts'
import { table } from './table.ts'

/** Formats readings of the memory as text. */
export function memoryLines(title: string, readings: readonly MemoryReading[]): string[] {
  const rows = readings.map(({ when, resident, heap, external }) => [
    when,
    `${resident}`,
    `${heap}`,
    `${external}`,
  ])
  return ['', title, ...table([['MB', 'resident', 'heap after collection', 'external'], ...rows])]
}

export function soakTitle({ minutes, requests, ended }: SoakFigures): string {
  return `A SOAK OF ${minutes} MINUTES: ${requests} requests, of which ${ended} leases ended`
}
