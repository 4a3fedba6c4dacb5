import { z } from 'zod'
import { knownZone } from '../domain/calendar-day.ts'
import { type ReportParameter, reportFormatNames, reportParameters } from '../domain/report.ts'
import { type ScheduledReport, weekdays } from '../domain/scheduled-report.ts'
import { channel, line, problem } from './values.ts'

const given = Object.fromEntries(
  reportParameters.map((parameter) => [
    parameter,
    line(150).optional().describe(`As in daypass report --${parameter}`),
  ]),
) as Record<ReportParameter, z.ZodOptional<ReturnType<typeof line>>>

/** A report that is posted in a channel again and again. */
export const scheduledReportSchema = z
  .strictObject({
    report: line(60).describe('The name of the report, as `daypass report` lists it'),
    with: z.strictObject(given).prefault({}).describe('What it is about, such as `last: 7d`'),
    every: z.enum(['day', 'week', 'month']).describe('How often it is posted'),
    on: z
      .union([z.enum(weekdays), z.int().min(1).max(28)])
      .optional()
      .describe('The day of the week (monday), or of the month (1 to 28). Default: monday, or 1'),
    at: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, problem('This is no time of day.', 'Write it as `08:30`.'))
      .default('08:00')
      .describe('The time of day'),
    zone: z
      .string()
      .refine(
        (zone) => knownZone(zone) === zone,
        problem('This is no time zone.', 'Write an IANA time zone: `Europe/Lisbon`.'),
      )
      .default('UTC')
      .describe('The time zone of the day and the time'),
    to: channel.describe('The channel in which it is posted. Whoever can see the channel can read it'),
    format: z.enum(reportFormatNames).default('csv').describe('The format of the file'),
    onBehalfOf: z
      .string()
      .regex(
        /^[UW][A-Z0-9]{2,}$/,
        problem('This is the id of no user.', 'Write the Slack user id: `U0LEAD`.'),
      )
      .describe(
        'The Slack user whose right to audit is asked for each time. The file has what that person may see',
      ),
  })
  .superRefine(({ every, on }, context) => {
    if (
      on === undefined || every === 'month'
        ? typeof on !== 'string'
        : every === 'week' && typeof on === 'string'
    )
      return
    const message = problem(
      `\`on\` does not go with \`every: ${every}\`.`,
      'Write a day of the week for `week`, a number from 1 to 28 for `month`, and nothing for `day`.',
    )
    context.addIssue({ code: 'custom', path: ['on'], message })
  })

export function toScheduledReport(id: string, read: z.output<typeof scheduledReportSchema>): ScheduledReport {
  const { report, with: about, every, on, at, zone, to, format, onBehalfOf } = read
  const [hour = 0, minute = 0] = at.split(':').map(Number)
  const named = Object.entries(about).filter(([, value]) => value !== undefined)
  const day = typeof on === 'number' ? on : on === undefined ? 1 : weekdays.indexOf(on) + 1
  return {
    ...{ id, report, hour, minute, timeZone: zone, channelId: to, format, onBehalfOf },
    given: Object.fromEntries(named),
    on: every === 'day' ? { every } : { every, day },
  }
}
