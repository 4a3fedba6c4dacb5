import { TZDate } from '@date-fns/tz'

/**
 * The first instant of a day (`2026-11-01`) in an IANA zone, `addDays` later where given. When a clock change skips midnight,
 * the day begins at the first existing time. Null when there is no such day.
 */
export function startOfDay(day: string, timeZone: string, addDays = 0): Date | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)
  if (!match) return null
  const [year, month, date] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const named = new Date(Date.UTC(year, month - 1, date))
  if (year < 1970 || named.getUTCMonth() !== month - 1 || named.getUTCDate() !== date) return null
  return new Date(new TZDate(year, month - 1, date + addDays, timeZone).getTime())
}

/** Whether there is such a day (`2026-11-01`). */
export function isCalendarDay(day: string): boolean {
  return startOfDay(day, 'UTC') !== null
}

/** The last minute of a day (`2026-11-01`) in an IANA zone. Null when there is no such day. */
export function endOfDay(day: string, timeZone: string): Date | null {
  const next = startOfDay(day, timeZone, 1)
  return next && new Date(next.getTime() - 60_000)
}

/** The zone that Slack names, or UTC when Slack names none or this process does not know it. */
export function knownZone(timeZone: string | null): string {
  if (timeZone === null) return 'UTC'
  try {
    new Intl.DateTimeFormat('en-US', { timeZone })
    return timeZone
  } catch {
    return 'UTC'
  }
}
