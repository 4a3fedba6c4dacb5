import { ConnectorError } from '../../domain/connector.ts'
import { quoted, type Resource } from './resource.ts'
import type { Scim, Target } from './target.ts'

/** The user whose login this is; null where there is none. Throws where it is not certain which one. */
export async function findUser(target: Target, scim: Scim, login: string): Promise<Resource | null> {
  const { login: attribute } = target.settings
  if (attribute === 'id') return (await scim.read(['Users', login]))?.resource ?? null
  const answered = await scim.list('Users', { filter: `${attribute} eq ${quoted(login)}` })
  // Some servers do not take filters, and some compare otherwise than the standard.
  const found = new Map(
    answered.flatMap((user) => (isSame(attribute, user[attribute], login) ? [[user.id, user]] : [])),
  )
  if (found.size <= 1) return [...found.values()][0] ?? null
  const message = `${target.resourceId}: ${found.size} users have the ${attribute} ${login}: ${[...found.keys()].slice(0, 5).join(', ')}. Confirm the id of the right one, and write \`login: id\`.`
  throw new ConnectorError('conflict', message, { retryable: false })
}

/** A userName is compared without regard to case: https://www.rfc-editor.org/rfc/rfc7643#section-4.1.1 */
function isSame(
  attribute: 'userName' | 'externalId',
  value: string | null | undefined,
  login: string,
): boolean {
  return attribute === 'userName' ? value?.toLowerCase() === login.toLowerCase() : value === login
}
