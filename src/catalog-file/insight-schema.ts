import { z } from 'zod'
import type { InsightRules } from '../domain/insight/insight.ts'
import { weekdays } from '../domain/noticing/setting.ts'
import { duration, problem } from './values.ts'

export const insightSchema = z.strictObject({
  day: z.enum(weekdays).default('mon').describe('The day of the week'),
  hour: z.int().min(0).max(23).default(9).describe('The hour of the day'),
  zone: z
    .string()
    .refine(
      (zone) => isZone(zone),
      problem('This is no time zone.', 'Write an IANA name, such as `Europe/Lisbon`.'),
    )
    .default('UTC')
    .describe('The time zone of day and hour: Europe/Lisbon'),
  over: duration.prefault('90d').describe('How far back it looks'),
})

export function insightRules({ day, hour, zone, over }: z.output<typeof insightSchema>): InsightRules {
  return { weekday: weekdays.indexOf(day) + 1, hour, zone, overSeconds: over }
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
