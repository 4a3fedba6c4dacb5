import { expect, it } from 'vitest'
import { describeDurationProblem, formatDuration, parseDuration } from './duration.ts'

it.each([
  ['90s', 90],
  ['30m', 1800],
  ['8h', 28_800],
  ['2d', 172_800],
  ['2h30m', 9000],
  [' 1H ', 3600],
])('%s is %i seconds', (text, seconds) => {
  expect(parseDuration(text)).toEqual({ ok: true, seconds })
})

it.each([
  ['', 'empty'],
  ['   ', 'empty'],
  ['0', 'zero'],
  ['0h', 'zero'],
  ['-5m', 'not_a_duration'],
  ['1.5h', 'not_a_duration'],
  ['2h30', 'not_a_duration'],
  ['NaN', 'not_a_duration'],
  ['Infinity', 'not_a_duration'],
  ['1e3s', 'not_a_duration'],
  ['30m2h', 'not_a_duration'],
  ['12345678901234567890', 'not_a_duration'],
  ['12345678901234567890s', 'too_long'],
  ['999999d', 'too_long'],
  ['２h', 'not_a_duration'],
])('“%s” is refused as %s', (text, problem) => {
  expect(parseDuration(text)).toEqual({ ok: false, problem })
})

it('what is written is what is read', () => {
  for (const seconds of [1, 59, 60, 5400, 86_399, 90_061]) {
    expect(parseDuration(formatDuration(seconds))).toEqual({ ok: true, seconds })
  }
})

it('every problem says what to write instead', () => {
  expect(describeDurationProblem('not_a_duration', '2h30')).toBe(
    '“2h30” is not a duration. Write a number with its unit, such as 45m, 2h or 1h30m.',
  )
})
