import { MessengerError } from '../../../domain/messenger.ts'
import { askReport, mostRowsInFile } from '../../../usecases/reports/make-report.ts'
import { outdatedButton, refusedAnswer } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { inline } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { zoneOf } from './answer.ts'
import { parseReportValue } from './report-line.ts'

/** Download: the whole report as a file, as a direct message to the person who pressed. Policy judges the press anew. */
export function reportDownloadAction({
  ports,
  directory,
}: Pick<FeatureParts, 'ports' | 'directory'>): ActionListener {
  return async ({ by, value }, reply) => {
    await reply.acknowledge()
    const asked = parseReportValue(value)
    if (!asked) return reply.ephemeral(textMessage(outdatedButton))
    const timeZone = await zoneOf(directory, by.userId)
    const answer = await askReport(ports, { by, ...asked, format: 'csv', timeZone, most: mostRowsInFile })
    if (answer.kind === 'refused') return reply.ephemeral(refusedAnswer(answer.policy))
    if (answer.kind === 'invalid')
      return reply.ephemeral(textMessage(answer.problems.map(({ message }) => message).join('\n')))
    const { report, rows, isPart } = answer
    const to = { userId: by.userId }
    try {
      await ports.messenger.shareReport({ to, report, rows, isPart, format: 'csv', schedule: null })
      await reply.ephemeral(textMessage('The file is in your direct messages with Daypass.'))
    } catch (error) {
      if (!(error instanceof MessengerError)) throw error
      await reply.ephemeral(textMessage(`⚠️ The file could not be sent: ${inline(error.message, 300)}`))
    }
  }
}
