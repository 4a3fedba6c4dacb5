import { knownZone } from '../../../domain/calendar-day.ts'
import type { Catalog } from '../../../domain/catalog.ts'
import type { Directory } from '../../../domain/directory.ts'
import { likelyMeant } from '../../../domain/likely-meant.ts'
import type { AuditAnswer } from '../../../usecases/audit/query-audit.ts'
import { refusedAnswer } from '../../kit/answers.ts'
import { type MessageContent, textMessage } from '../../kit/blocks.ts'
import { inline } from '../../kit/text.ts'
import { auditHistoryAnswer } from './history.ts'
import { auditListAnswer } from './list.ts'

/** An audit answer for one person, or for a whole channel when it is `shared`. */
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

/** People seldom change their time zone, so an old answer does little harm. */
const zoneAge = { maxAgeSeconds: 3_600 }

/** The time zone of a person, or UTC when Slack tells none. Throws `DirectoryUnavailable`. */
export async function zoneOf(directory: Pick<Directory, 'account'>, userId: string): Promise<string> {
  const account = await directory.account(userId, zoneAge)
  return knownZone(account?.timeZone ?? null)
}

/** For an unknown name, the most similar resource that this person may see. */
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
