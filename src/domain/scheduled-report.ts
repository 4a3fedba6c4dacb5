import { TZDate } from '@date-fns/tz'
import type { ReportFormat, ReportParameter } from './report.ts'

/** ISO 8601: Monday is 1. */
export const weekdays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const

/** A report that the catalog has posted in a channel, again and again. */
export interface ScheduledReport {
  readonly id: string
  /** The name of the report. */
  readonly report: string
  readonly given: Partial<Readonly<Record<ReportParameter, string>>>
  /** Of a week: 1 is Monday. Of a month: 1 to 28, which every month has. */
  readonly on: { readonly every: 'day' } | { readonly every: 'week' | 'month'; readonly day: number }
  readonly hour: number
  readonly minute: number
  readonly timeZone: string
  readonly channelId: string
  readonly format: ReportFormat
  /** The Slack user whose right to audit is asked for at each time, and who sees what is in it. */
  readonly onBehalfOf: string
}

/** The last time at which it was due, at or before `now`. When a clock change skips the time of day, the next existing one. */
export function lastDueAt(
  { on, hour, minute, timeZone }: Pick<ScheduledReport, 'on' | 'hour' | 'minute' | 'timeZone'>,
  now: Date,
): Date {
  const today = new TZDate(now, timeZone)
  for (let back = 0; ; back += 1) {
    const day = new TZDate(
      today.getFullYear(),
      today.getMonth(),
      today.getDate() - back,
      hour,
      minute,
      timeZone,
    )
    const isDay =
      on.every === 'day' ||
      (on.every === 'week' ? (day.getDay() + 6) % 7 === on.day - 1 : day.getDate() === on.day)
    if (isDay && day.getTime() <= now.getTime()) return new Date(day.getTime())
  }
}
