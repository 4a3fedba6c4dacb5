import { describe, expect, it } from 'vitest'
import { dayIn, instantOf, localText } from './local-time.ts'

const at = (text: string) => ({ kind: 'once', at: new Date(text) })

describe('the instant of a local time', () => {
  it.each([
    ['2026-12-01', '09:00', 'Europe/Berlin', '2026-12-01T08:00Z'],
    ['2026-07-01', '09:00', 'Europe/Berlin', '2026-07-01T07:00Z'],
    // The days on which the clocks change, before and after the change.
    ['2026-03-29', '01:59', 'Europe/Berlin', '2026-03-29T00:59Z'],
    ['2026-03-29', '03:00', 'Europe/Berlin', '2026-03-29T01:00Z'],
    ['2026-10-25', '01:59', 'Europe/Berlin', '2026-10-24T23:59Z'],
    ['2026-10-25', '03:00', 'Europe/Berlin', '2026-10-25T02:00Z'],
    ['2026-03-08', '01:59', 'America/New_York', '2026-03-08T06:59Z'],
    ['2026-03-08', '03:00', 'America/New_York', '2026-03-08T07:00Z'],
    ['2026-11-01', '00:59', 'America/New_York', '2026-11-01T04:59Z'],
    ['2026-11-01', '02:00', 'America/New_York', '2026-11-01T07:00Z'],
    ['2026-12-01', '09:00', 'Asia/Kathmandu', '2026-12-01T03:15Z'],
  ])('%s %s in %s is %s', (day, time, zone, instant) => {
    expect(instantOf(day, time, zone)).toEqual(at(instant))
  })

  it.each([
    ['2026-03-29', '02:00', 'Europe/Berlin'],
    ['2026-03-29', '02:59', 'Europe/Berlin'],
    ['2026-03-08', '02:30', 'America/New_York'],
  ])('does not exist at %s %s in %s, because the clocks go forward', (day, time, zone) => {
    expect(instantOf(day, time, zone)).toEqual({ kind: 'skipped' })
  })

  it.each([
    ['2026-10-25', '02:30', 'Europe/Berlin', '2026-10-25T00:30Z', '2026-10-25T01:30Z'],
    ['2026-11-01', '01:30', 'America/New_York', '2026-11-01T05:30Z', '2026-11-01T06:30Z'],
  ])('comes twice at %s %s in %s, because the clocks go back', (day, time, zone, first, second) => {
    expect(instantOf(day, time, zone)).toEqual({
      kind: 'repeated',
      times: [new Date(first), new Date(second)],
    })
  })

  it.each([
    ['2026-02-29', '09:00'],
    ['2026-13-01', '09:00'],
    ['2026-12-01', '24:00'],
    ['2026-12-01', '9'],
    ['monday', '09:00'],
  ])('is none for %s %s', (day, time) => {
    expect(instantOf(day, time, 'Europe/Berlin')).toEqual({ kind: 'no_such_day' })
  })
})

it('names the day and the time in a zone', () => {
  const late = new Date('2026-11-30T23:30Z')
  expect([
    dayIn(late, 'Europe/Berlin'),
    dayIn(late, 'Europe/Berlin', 1),
    dayIn(late, 'America/New_York'),
  ]).toEqual(['2026-12-01', '2026-12-02', '2026-11-30'])
  expect(localText(late, 'Europe/Berlin')).toBe('2026-12-01 00:30')
})
