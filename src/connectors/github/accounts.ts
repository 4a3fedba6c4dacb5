import { z } from 'zod'
import { type AccessOrder, ConnectorError } from '../../domain/connector.ts'
import type { GitHub, Target } from './target.ts'

/** A GitHub account. A login may be changed at any time, and taken by somebody else; the id is never used again. */
export interface Account {
  readonly id: number
  /** The present login. Null: the account does not exist any more, so it has no access. */
  readonly login: string | null
}

/** An account that exists. */
export interface LiveAccount extends Account {
  readonly login: string
}

export const userSchema = z.object({ id: z.number(), login: z.string(), type: z.string().optional() })

/** The account of an order, by the id that the lease began with; before that, by the login that was confirmed. */
export async function findAccount(
  target: Target,
  github: GitHub,
  order: AccessOrder<unknown>,
): Promise<Account | null> {
  const { id, user } = await lookUp(target, github, order)
  return id === null ? null : { id, login: user?.login ?? null }
}

/** The same for an access that is to be given. */
export async function requireAccount(
  target: Target,
  github: GitHub,
  order: AccessOrder<unknown>,
): Promise<LiveAccount> {
  const { id, user } = await lookUp(target, github, order)
  if (id !== null && user?.type === 'User') return { id, login: user.login }
  const { resourceId, settings } = target
  const what = `the ${settings.login === 'id' ? 'number' : 'login'} ${JSON.stringify(order.holder.identity ?? '')}`
  const problem = user
    ? `${user.login} is no personal account of GitHub`
    : `GitHub knows no account with ${what}`
  const message = `${resourceId}: ${problem}. Confirm the right login, then ask again.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

async function lookUp(target: Target, github: GitHub, order: AccessOrder<unknown>) {
  const id = knownId(order) ?? (target.settings.login === 'id' ? numberOf(order.holder.identity) : null)
  if (id !== null)
    return { id, user: await github.read(userSchema, '/user/{account_id}', { account_id: id }) }
  const login = loginOf(order)
  const user = login === null ? null : await github.read(userSchema, '/users/{username}', { username: login })
  return { id: user?.id ?? null, user }
}

/** Whether the order names a login that can be one. Nothing was ever given to another. */
export function hasLogin(target: Target, order: AccessOrder<unknown>): boolean {
  if (knownId(order) !== null) return true
  return (target.settings.login === 'id' ? numberOf(order.holder.identity) : loginOf(order)) !== null
}

/** The account of a lease that has begun; null: it is not known yet. */
export function knownId({ before, given }: AccessOrder<unknown>): number | null {
  const id = before?.account ?? given?.account
  return typeof id === 'number' ? id : null
}

/** Letters, digits and hyphens; an underscore in accounts that an enterprise manages. */
function loginOf({ holder }: AccessOrder<unknown>): string | null {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(holder.identity ?? '') ? (holder.identity ?? null) : null
}

function numberOf(identity: string | undefined): number | null {
  return /^[1-9]\d{0,14}$/.test(identity ?? '') ? Number(identity) : null
}

/**
 * Leases of the same login can be of two accounts, where the name has passed from one to the other. Those of this account give
 * it the same.
 */
export function leasesOf<Content>(order: AccessOrder<Content>, account: Account) {
  return (order.alsoHeld ?? []).filter(({ before }) => (before?.account ?? account.id) === account.id)
}

/** Throws where the account took another login meanwhile: then the calls were about somebody else. */
export async function requireSameLogin(
  target: Target,
  github: GitHub,
  { id, login }: Account,
): Promise<void> {
  const now = await github.read(userSchema, '/user/{account_id}', { account_id: id })
  if ((now?.login ?? null) === login) return
  const message = `${target.resourceId}: the account ${id} has taken another login just now`
  throw new ConnectorError('conflict', message, { retryable: true })
}
