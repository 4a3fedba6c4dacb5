import type { Catalog } from '../../../domain/catalog.ts'
import { likelyMeant } from '../../../domain/likely-meant.ts'
import type { Directory } from '../../../domain/ports.ts'
import type { AuditAnswer } from '../../../usecases/audit/query-audit.ts'
import { refusedAnswer } from '../../kit/answers.ts'
import { type MessageContent, textMessage } from '../../kit/blocks.ts'
import { inline } from '../../kit/text.ts'
import { knownZone } from './calendar-day.ts'
import { auditHistoryAnswer } from './history.ts'
import { auditListAnswer } from './list.ts'

/** An audit answer as one person reads it, or a whole channel when it is `shared`. */
export function auditAnswer(
  catalog: Catalog,
  answer: AuditAnswer,
  { shared }: { shared: boolean },
): MessageContent {
  switch (answer.kind) {
    case 'page':
      return auditListAnswer(answer, { nearest: nearestResource(catalog, answer), shared })
    case 'history':
      return auditHistoryAnswer(answer.history, { catalog, shared })
    case 'refused':
      return refusedAnswer(answer.policy)
    case 'invalid':
    case 'not_found':
      return textMessage(inline(answer.message, 600))
  }
}

/** Nobody changes zones often; a day more or less is what is at stake. */
const zoneAge = { maxAgeSeconds: 3_600 }

/** The zone in which somebody reads and names days: their own, or UTC where Slack tells none. Throws `DirectoryUnavailable`. */
export async function zoneOf(directory: Pick<Directory, 'account'>, userId: string): Promise<string> {
  const account = await directory.account(userId, zoneAge)
  return knownZone(account?.timeZone ?? null)
}

/** Of the resources that the asker may see, the one most like a name that the catalog does not know. */
function nearestResource(
  catalog: Catalog,
  { query, resourceNames }: Extract<AuditAnswer, { kind: 'page' }>,
): string | null {
  const { resourceId } = query
  if (resourceId === null || catalog.resources.has(resourceId)) return null
  const visible = [...catalog.resources.values()].filter(
    ({ name }) => resourceNames === null || resourceNames.includes(name),
  )
  const ids = visible.map(({ id }) => id)
  return likelyMeant(resourceId, ids)[0] ?? null
}
