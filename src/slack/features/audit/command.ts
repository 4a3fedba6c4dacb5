import { queryAudit } from '../../../usecases/audit/query-audit.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { CommandListener } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { holdsAnswer } from '../holds/answer.ts'
import { parseHoldLine } from '../holds/line.ts'
import { reviewAnswer } from '../review/answer.ts'
import { parseReviewLine } from '../review/line.ts'
import { auditAnswer, zoneOf } from './answer.ts'
import { parseAuditLine } from './audit-line.ts'
import { auditHelp } from './help.ts'
import { parseProofLine, proofAnswer } from './proof.ts'
import { answerReport } from './report.ts'
import { parseReportLine } from './report-line.ts'

/** `/audit`. Policy says who may ask. Only the asker sees the answer. */
export function auditCommand({
  ports,
  directory,
}: Pick<FeatureParts, 'ports' | 'directory'>): CommandListener {
  return async ({ by, text }, reply) => {
    const proved = parseProofLine(text)
    if (proved) return reply.ephemeral(await proofAnswer({ ports }, by, proved))
    const zone = await zoneOf(directory, by.userId)
    const hold = parseHoldLine(text, zone)
    if (hold) return reply.ephemeral(await holdsAnswer({ ports }, by, hold))
    const review = parseReviewLine(text)
    if (review) return reply.ephemeral(await reviewAnswer({ ports }, by, review))
    const report = parseReportLine(text)
    if (report) return answerReport({ ports, directory }, by, report, reply)
    const line = parseAuditLine(text, ports.clock.now(), zone)
    switch (line.kind) {
      case 'help':
        return reply.ephemeral(auditHelp())
      case 'problem':
        return reply.ephemeral(textMessage(line.message))
      case 'query': {
        const answer = await queryAudit(ports, { by, query: line.query })
        return reply.ephemeral(auditAnswer(ports.catalog, answer, { shared: false }))
      }
    }
  }
}
