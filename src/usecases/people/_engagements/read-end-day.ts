import { endOfDay, knownZone } from '../../../domain/calendar-day.ts'

/** The last minute of a day in a time zone, or the problem with it. */
export function readEndDay(
  day: string,
  timeZone: string | null,
  now: Date,
): { endsAt: Date } | { readonly problem: string } {
  const endsAt = endOfDay(day, knownZone(timeZone))
  if (!endsAt) return { problem: 'Choose the last day of the engagement.' }
  if (endsAt <= now) return { problem: 'This day is past. Choose a later one.' }
  return { endsAt }
}
