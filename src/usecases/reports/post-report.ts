import { addSeconds } from 'date-fns/addSeconds'
import { z } from 'zod'
import { MessengerError } from '../../domain/messenger.ts'
import type { Ports } from '../../domain/ports.ts'
import type { ScheduledReport } from '../../domain/scheduled-report.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { freshAtClick } from '../_shared/person.ts'
import { tellSecurityOnce } from '../rules/tell-security.ts'
import { askReport, mostRowsInFile } from './make-report.ts'

const data = z.object({ scheduleId: z.string(), dueAt: z.iso.datetime() })
declare module '../../domain/effect.ts' {
  interface Effects {
    post_report: z.infer<typeof data>
  }
}

type PostPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory' | 'messenger'>

/**
 * Makes a scheduled report and posts it as a file. The policies are asked each time whether the person on whose behalf it is may audit.
 * Where it cannot be made or posted, security is told.
 */
async function postReport(ports: PostPorts, { scheduleId }: z.infer<typeof data>): Promise<EffectOutcome> {
  const schedule = ports.catalog.reports?.get(scheduleId)
  if (!schedule) return done('the catalog no longer names this report')
  const team = await teamOf(ports, schedule)
  if (team === null) return notMade(ports, schedule, `Slack knows nobody with the id ${schedule.onBehalfOf}.`)
  const answer = await askReport(ports, {
    by: { teamId: team, userId: schedule.onBehalfOf },
    ...{ name: schedule.report, given: schedule.given, format: schedule.format, timeZone: schedule.timeZone },
    most: mostRowsInFile,
    schedule: { id: schedule.id, channelId: schedule.channelId },
  })
  if (answer.kind === 'refused') return notMade(ports, schedule, answer.policy.sentence)
  if (answer.kind === 'invalid')
    return notMade(ports, schedule, answer.problems.map(({ message }) => message).join(' '))
  const { report, rows, isPart } = answer
  const { id, onBehalfOf, channelId, format } = schedule
  try {
    await ports.messenger.shareReport({
      ...{ report, rows, isPart, format, to: { channelId }, schedule: { id, onBehalfOf } },
    })
    return done(`${rows.length} rows`)
  } catch (error) {
    if (!(error instanceof MessengerError)) throw error
    if (!error.retryable) return notMade(ports, schedule, error.message)
    return retry(addSeconds(ports.clock.now(), error.retryAfterSeconds ?? 30), error.message)
  }
}

/** Null: Slack has no such account. Throws `DirectoryUnavailable`, and then it is tried again. */
async function teamOf({ directory }: PostPorts, { onBehalfOf }: ScheduledReport): Promise<string | null> {
  const account = await directory.account(onBehalfOf, freshAtClick)
  return account && !account.isStranger ? account.teamId : null
}

async function notMade(
  { store, clock }: PostPorts,
  { id: schedule, report }: ScheduledReport,
  because: string,
): Promise<EffectOutcome> {
  const now = clock.now()
  const notice = { kind: 'report_not_made', schedule, report, because } as const
  await store.transaction((tx) => tellSecurityOnce(tx, `report ${schedule}`, now, notice))
  const about = { schedule, report }
  return done(because, {
    message: 'a scheduled report could not be posted',
    code: 'refused',
    problem: because,
    about,
  })
}

export const postReportEffect = defineEffect({
  kind: 'post_report',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(postReport),
})
