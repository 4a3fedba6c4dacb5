import { expect, it } from 'vitest'
import { formatDate } from './dates.ts'

const noon = Date.UTC(2026, 10, 20, 12) / 1000

it('writes instants in the zone of the reader', () => {
  const both = '{date_num} {time}'
  expect(formatDate(both, noon, 'Asia/Kolkata', noon)).toBe('2026-11-20 5:30 PM')
  expect(formatDate(both, noon, 'America/New_York', noon)).toBe('2026-11-20 7:00 AM')
})

it('calls near days by their names, by the calendar of the reader', () => {
  expect(formatDate('{date_short_pretty}', noon, 'Europe/Lisbon', noon + 3600)).toBe('today')
  expect(formatDate('{date_pretty}', noon + 43_200, 'Europe/Berlin', noon)).toBe('tomorrow')
  expect(formatDate('{date_pretty}', noon - 9 * 86_400, 'Europe/Berlin', noon)).toBe('November 11th, 2026')
})

it('writes each form that Slack knows, and leaves what it does not know', () => {
  expect(formatDate('{date_long}|{date_short}|{time_secs}|{ago}|{other}', noon, 'UTC', noon + 7200)).toBe(
    'Friday, November 20th, 2026|Nov 20, 2026|12:00:00 PM|2 hours ago|{other}',
  )
})
