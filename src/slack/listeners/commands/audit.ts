import type { Catalog } from '../../../domain/catalog.ts'
import type { Clock, Directory } from '../../../domain/ports.ts'
import { auditHelpWords } from '../../blocks/help.ts'
import { says } from '../../blocks/parts.ts'
import { parseAuditLine } from '../../parse/audit-line.ts'
import { knownZone } from '../../parse/calendar-day.ts'
import type { SlackUsecases } from '../../slack-usecases.ts'
import { escapeMrkdwn } from '../../text.ts'
import { auditWords } from '../audit-answer.ts'
import type { CommandListener } from '../listener.ts'

export interface AuditParts {
  readonly usecases: Pick<SlackUsecases, 'queryAudit'>
  readonly catalog: Catalog
  readonly directory: Pick<Directory, 'member'>
  readonly clock: Clock
}

/** Nobody changes zones often; a day more or less is what is at stake. */
const zoneAge = { maxAgeSeconds: 3_600 }

/** `/audit`. Who may ask is for policy to say; the answer is for the asker alone. */
export function auditCommand({ usecases, catalog, directory, clock }: AuditParts): CommandListener {
  return async ({ by, text }, reply) => {
    const member = await directory.member(by.userId, zoneAge)
    const line = parseAuditLine(text, clock.now(), knownZone(member?.timeZone ?? null))
    switch (line.kind) {
      case 'help':
        return reply.whisper(auditHelpWords())
      case 'problem':
        return reply.whisper(says(escapeMrkdwn(line.message)))
      case 'query': {
        const answer = await usecases.queryAudit({ by, query: line.query })
        return reply.whisper(auditWords(catalog, answer, { shared: false }))
      }
    }
  }
}
