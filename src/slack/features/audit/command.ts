import type { Catalog } from '../../../domain/catalog.ts'
import type { Clock, Directory } from '../../../domain/ports.ts'
import type { CommandListener } from '../../edge/listener.ts'
import { says } from '../../kit/blocks.ts'
import { auditHelpWords } from '../../kit/help.ts'
import type { SlackUsecases } from '../../slack-usecases.ts'
import { auditWords, zoneOf } from './answer.ts'
import { parseAuditLine } from './audit-line.ts'

export interface AuditParts {
  readonly usecases: Pick<SlackUsecases, 'queryAudit'>
  readonly catalog: Catalog
  readonly directory: Pick<Directory, 'account'>
  readonly clock: Clock
}

/** `/audit`. Who may ask is for policy to say; the answer is for the asker alone. */
export function auditCommand({ usecases, catalog, directory, clock }: AuditParts): CommandListener {
  return async ({ by, text }, reply) => {
    const line = parseAuditLine(text, clock.now(), await zoneOf(directory, by.userId))
    switch (line.kind) {
      case 'help':
        return reply.whisper(auditHelpWords())
      case 'problem':
        return reply.whisper(says(line.message))
      case 'query': {
        const answer = await usecases.queryAudit({ by, query: line.query })
        return reply.whisper(auditWords(catalog, answer, { shared: false }))
      }
    }
  }
}
