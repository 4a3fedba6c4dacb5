import { expect, it } from 'vitest'
import { localOf, unixOf } from './zoned.ts'

it('reads a wall clock in its zone, also beside a change of clocks', () => {
  for (const [local, tz, utc] of [
    ['2026-11-20T13:05', 'Asia/Kolkata', '2026-11-20T07:35:00Z'],
    ['2026-03-29T04:00', 'Europe/Berlin', '2026-03-29T02:00:00Z'],
    ['2026-10-25T00:30', 'Europe/Berlin', '2026-10-24T22:30:00Z'],
  ] as const) {
    expect(unixOf(local, tz)).toBe(Date.parse(utc) / 1000)
    expect(localOf(Date.parse(utc) / 1000, tz)).toBe(local)
  }
})
