import { type AccessOrder, ConnectorError } from '../../../domain/connector.ts'
import { isNotFound } from '../errors.ts'
import type { Aws } from '../target.ts'
import type { Center } from './center.ts'

export function loginOf({ holder }: AccessOrder<unknown>): string | null {
  return holder.identity || null
}

/**
 * The id of the user that the lease began with; before that, of the one whose login this is. Null: there is none. A userName and an
 * e-mail may change and pass to another user; an id cannot.
 */
export async function findUser(
  center: Center,
  aws: Aws,
  { before }: Pick<AccessOrder, 'before'>,
  login: string,
): Promise<string | null> {
  if (typeof before?.user === 'string') return before.user
  const store = await aws.store()
  const IdentityStoreId = await center.storeId(aws)
  try {
    if (center.settings.login === 'id')
      return (await store.describeUser({ IdentityStoreId, UserId: login })).UserId ?? null
    const AttributePath = center.settings.login === 'email' ? 'emails.value' : 'userName'
    const AlternateIdentifier = { UniqueAttribute: { AttributePath, AttributeValue: login } }
    return (await store.getUserId({ IdentityStoreId, AlternateIdentifier })).UserId ?? null
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
}

export async function requireUser(
  center: Center,
  aws: Aws,
  order: Pick<AccessOrder, 'before'>,
  login: string,
): Promise<string> {
  const user = await findUser(center, aws, order, login)
  if (user !== null) return user
  const { resourceId } = center.target
  const message = `${resourceId}: Identity Center has no user with the ${center.settings.login} ${login}. Confirm the right login, or let the user be created there first.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

/** For an end. Without an id, a deleted user cannot be told from one whose name was changed. */
export async function idForEnd(
  center: Center,
  aws: Aws,
  order: Pick<AccessOrder, 'before' | 'given'>,
  login: string,
): Promise<string> {
  const known = order.before?.user ?? order.given?.user
  if (typeof known === 'string') return known
  if (center.settings.login === 'id') return login
  const user = await findUser(center, aws, order, login)
  if (user !== null) return user
  const { resourceId } = center.target
  const message = `${resourceId}: Identity Center has no user with the ${center.settings.login} ${login} any more. If it was changed, the access goes on: change it back until the lease has ended.`
  throw new ConnectorError('still_present', message, { retryable: true })
}
