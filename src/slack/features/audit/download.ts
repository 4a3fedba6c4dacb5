import { MessengerError, type OutgoingReport } from '../../../domain/messenger.ts'
import { type ReportFormat, type RequestState, usualFormat } from '../../../domain/report.ts'
import type { AuditListQuery } from '../../../usecases/audit/query-audit.ts'
import { askReport, mostRowsInFile } from '../../../usecases/reports/make-report.ts'
import type { GivenParameters } from '../../../usecases/reports/read-parameters.ts'
import { outdatedButton, refusedAnswer } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { inline } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { zoneOf } from './answer.ts'
import { parseAuditValue } from './button-value.ts'

/** A report as a button names it. */
export interface AskedAgain {
  readonly name: string
  readonly given: GivenParameters
}

/** Download: the whole report as a file, as a direct message to the person who pressed. Policy judges the press anew. */
export function reportDownloadAction(
  { ports, directory }: Pick<FeatureParts, 'ports' | 'directory'>,
  parse: (value: string) => AskedAgain | null,
  wanted?: ReportFormat,
): ActionListener {
  return async ({ by, value }, reply) => {
    await reply.acknowledge()
    const asked = parse(value)
    if (!asked) return reply.ephemeral(textMessage(outdatedButton))
    const timeZone = await zoneOf(directory, by.userId)
    const kind = ports.store.reports.kinds.find(({ name }) => name === asked.name)
    const format = wanted ?? (kind ? usualFormat(kind) : 'csv')
    const answer = await askReport(ports, { by, ...asked, format, timeZone, most: mostRowsInFile })
    if (answer.kind === 'refused') return reply.ephemeral(refusedAnswer(answer.policy))
    if (answer.kind === 'invalid')
      return reply.ephemeral(textMessage(answer.problems.map(({ message }) => message).join('\n')))
    const { report, rows, isPart } = answer
    const problem = await sendReport(ports, { to: { userId: by.userId }, report, rows, isPart, format })
    await reply.ephemeral(textMessage(problem ?? 'The file is in your direct messages with Daypass.'))
  }
}

/** The requests of a list, by the value of its buttons, as the report `requests`. Null when `auditValue` did not make the text. */
export function listAsReport(value: string): AskedAgain | null {
  const query = parseAuditValue(value)
  if (query?.kind !== 'list') return null
  const { scope, userId, resourceId, from, to } = query
  // A list of these says what is so now, whatever its range.
  const isNow = scope === 'pending' || scope === 'failed' || scope === 'scheduled'
  const state = statesOf[scope]
  return {
    name: 'requests',
    given: {
      ...(state && { state }),
      ...(userId !== null && { person: userId }),
      ...(resourceId !== null && { resource: resourceId }),
      ...(from && !isNow && { from: from.toISOString() }),
      ...(to && !isNow && { to: to.toISOString() }),
    },
  }
}

const statesOf: Readonly<Record<AuditListQuery['scope'], RequestState | null>> = {
  live: 'active',
  scheduled: 'upcoming',
  failed: 'failed',
  pending: 'pending',
  any: null,
}

/** Sends files as a direct message. Resolves with the reason why they could not be sent, in mrkdwn, or null. */
export async function sendReport(
  { messenger }: Pick<FeatureParts['ports'], 'messenger'>,
  outgoing: Omit<OutgoingReport, 'schedule'>,
): Promise<string | null> {
  try {
    await messenger.shareReport({ ...outgoing, schedule: null })
    return null
  } catch (error) {
    if (!(error instanceof MessengerError)) throw error
    const what = outgoing.format === null ? 'chart' : 'file'
    return `⚠️ The ${what} could not be sent: ${inline(error.message, 300)}`
  }
}
