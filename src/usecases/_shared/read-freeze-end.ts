import { addSeconds } from 'date-fns/addSeconds'
import { endOfDay, knownZone } from '../../domain/calendar-day.ts'
import { parseDuration } from '../../domain/duration.ts'
import type { FieldProblem } from './field-problem.ts'

export type FreezeField = 'reason' | 'until'

/** Reads the end of a freeze: a duration from now, a day in the zone of the person, or nothing for "until it is lifted". */
export function readFreezeEnd(
  typed: string,
  timeZone: string | null,
  now: Date,
): { readonly endsAt: Date | null } | { readonly problem: FieldProblem<'until'> } {
  const text = typed.trim()
  if (text === '') return { endsAt: null }
  const day = endOfDay(text, knownZone(timeZone))
  if (day) {
    return day > now
      ? { endsAt: day }
      : { problem: { field: 'until', message: `${text} is past. Write a later day.` } }
  }
  const duration = parseDuration(text)
  if (duration.ok) return { endsAt: addSeconds(now, duration.seconds) }
  const message = `“${text.slice(0, 40)}” is no time. Write a duration (4h, 2d) or the last day (2026-12-24), or nothing: then it holds until somebody lifts it.`
  return { problem: { field: 'until', message } }
}
