import { type AccessOrder, ConnectorError, type Evidence, type Facts } from '../../domain/connector.ts'
import {
  contentNotUnderstood,
  keepersOf,
  membershipEvidence,
  membershipSentence,
  noLogin,
  nothingGiven,
  requireLease,
} from '../_shared/membership.ts'
import type { Groups } from './groups.ts'
import type { Resource } from './resource.ts'
import type { ScimEntitlement } from './schema.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { Target } from './target.ts'
import { findUser } from './users.ts'

export interface Directory {
  readonly target: Target
  readonly groups: Groups
  /** Null: no identity provider is named. */
  readonly sessions: Sessions | null
}

type Order = AccessOrder<ScimEntitlement>

export async function grantMembership(directory: Directory, order: Order): Promise<Evidence> {
  const login = loginOf(order)
  if (login === null) throw noLogin(order)
  requireLease(order)
  const user = await requireUser(directory, order, login)
  if (user.active === false) throw inactive(directory, login)
  if (order.before?.person === undefined) await directory.sessions?.require(user)
  const readAt = await directory.groups.setIn(order.content.group, user.id, true)
  return evidenceOf(order.content, { login, user: user.id }, true, readAt, [])
}

/** Takes the user out, unless another lease gives the same membership. That one is then given again where it is missing. */
export async function revokeMembership(
  directory: Directory,
  order: AccessOrder<ScimEntitlement | null>,
): Promise<Evidence> {
  const login = loginOf(order)
  if (login === null) return nothingGiven()
  const { content } = order
  if (content === null) throw contentNotUnderstood(order)
  const user = await idOf(directory, order, login)
  const keptBy = keepers({ ...order, content }, user)
  const readAt = await directory.groups.setIn(content.group, user, keptBy.length > 0)
  const evidence = evidenceOf(content, { login, user }, keptBy.length > 0, readAt, keptBy)
  return keptBy.length > 0 ? evidence : endSessions(directory, order, user, evidence)
}

/** A membership that no other lease gives. Also says that the login is nobody's, before anything is given to it. */
export async function standingMembership(directory: Directory, order: Order): Promise<string | null> {
  const login = loginOf(order)
  if (login === null) return null
  const user = await requireUser(directory, order, login)
  const { group } = order.content
  if (keepers(order, user.id).length > 0) return null
  return (await directory.groups.isIn(group, user.id)) ? membershipSentence(login, nameOf(group), true) : null
}

/**
 * A userName can change during the lease, and pass to another user. The ids behind it, here and at the identity provider, cannot.
 */
export async function lookBefore(directory: Directory, order: Order): Promise<Facts> {
  const login = loginOf(order)
  if (login === null) return {}
  const user = await requireUser(directory, order, login)
  const person = await directory.sessions?.require(user)
  return { user: user.id, ...(person !== undefined && { person }) }
}

export async function isMember(directory: Directory, order: Order): Promise<boolean> {
  const login = loginOf(order)
  const user = login === null ? null : await userOf(directory, order, login)
  return user !== null && directory.groups.isIn(order.content.group, user.id)
}

/** Leases of the same login can be of two users, where the name has passed from one to the other. */
function keepers({ alsoHeld = [], ...order }: Order, user: string): string[] {
  const ofUser = alsoHeld.filter(({ before }) => (before?.user ?? user) === user)
  return keepersOf({ ...order, alsoHeld: ofUser }, ({ group }) => group)
}

function loginOf({ holder }: AccessOrder<unknown>): string | null {
  return holder.identity || null
}

/** The user that the lease began with; before that, the one whose login this is. Null: there is none. */
function userOf(
  { target }: Directory,
  { before }: Pick<Order, 'before'>,
  login: string,
): Promise<Resource | null> {
  const id = before?.user
  return target.operation(async (scim) =>
    typeof id === 'string'
      ? ((await scim.read(['Users', id]))?.resource ?? null)
      : findUser(target, scim, login),
  )
}

async function requireUser(directory: Directory, order: Order, login: string): Promise<Resource> {
  const user = await userOf(directory, order, login)
  if (user !== null) return user
  const { resourceId, settings } = directory.target
  const message = `${resourceId}: no user has the ${settings.login} ${login}. Confirm the right login, or let the user be created there first.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

/** The id of a user who may be deleted. Without an id, a deleted user cannot be told from one whose name was changed. */
async function idOf(directory: Directory, order: Pick<Order, 'before'>, login: string): Promise<string> {
  const { resourceId, settings } = directory.target
  if (typeof order.before?.user === 'string') return order.before.user
  if (settings.login === 'id') return login
  const user = await userOf(directory, order, login)
  if (user !== null) return user.id
  const message = `${resourceId}: no user has the ${settings.login} ${login} any more. If it was changed, the membership goes on: change it back until the lease has ended.`
  throw new ConnectorError('still_present', message, { retryable: true })
}

/** Where the application's own sessions go on, no more is known of them than their length in the catalog. */
async function endSessions(
  directory: Directory,
  order: AccessOrder<unknown>,
  user: string,
  evidence: Evidence,
): Promise<Evidence> {
  const { target, sessions } = directory
  const { sessionsLast } = target.settings
  const at = sessionsLast === undefined ? null : new Date(evidence.readAt.getTime() + sessionsLast * 1_000)
  const residual = { residualUntil: { at, what: 'Sessions of the application opened before' } }
  if (!sessions) return { ...evidence, ...residual }
  const ended = await sessions.end(await personOf(directory, order, sessions, user))
  return {
    ...evidence,
    ...residual,
    summary: `${evidence.summary} ${ended.sentence}`,
    facts: { ...evidence.facts, ...ended.facts },
  }
}

async function personOf(
  directory: Directory,
  { before }: AccessOrder<unknown>,
  sessions: Sessions,
  user: string,
): Promise<string | null> {
  if (typeof before?.person === 'string') return before.person
  const known = await userOf(directory, { before: { user } }, user)
  return known && sessions.find(known)
}

function evidenceOf(
  { group }: ScimEntitlement,
  { login, user }: { login: string; user: string },
  isIn: boolean,
  readAt: Date,
  keptBy: readonly string[],
): Evidence {
  return membershipEvidence({ member: login, of: nameOf(group), keptBy }, isIn, readAt, { user, group })
}

function nameOf(group: string): string {
  return `the group ${group}`
}

function inactive({ target }: Directory, login: string): ConnectorError {
  const message = `${target.resourceId}: the user ${login} is not active there. Let an administrator activate it, then ask again.`
  return new ConnectorError('conflict', message, { retryable: false })
}
