import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import {
  contentNotUnderstood,
  keepersOf,
  membershipEvidence,
  membershipSentence,
  noLogin,
  nothingGiven,
  requireLease,
} from '../_shared/membership.ts'
import { isInChannel, requireFitChannel, setInChannel } from './channel.ts'
import { placeOf, type SlackEntitlement } from './schema.ts'
import type { Target } from './target.ts'
import type { UserGroups } from './user-groups.ts'

export interface Workspace {
  readonly target: Target
  readonly userGroups: UserGroups
  readonly isDecidingGroup: (userGroup: string) => boolean
}

type Order = AccessOrder<SlackEntitlement>

export async function grantMembership(workspace: Workspace, order: Order): Promise<Evidence> {
  const { target } = workspace
  const account = accountOf(order)
  if (account === null) throw noLogin(order)
  requireLease(order)
  const { channel, userGroup } = order.content
  if (userGroup && workspace.isDecidingGroup(userGroup)) throw wouldDecide(target, userGroup)
  if (channel) await requireFitChannel(target, channel)
  await setMember(workspace, order.content, account, true)
  return evidenceOf(order.content, account, true, [])
}

/** Takes the account out, unless another lease gives the same membership. That one is then given again where it is missing. */
export async function revokeMembership(
  workspace: Workspace,
  order: AccessOrder<SlackEntitlement | null>,
): Promise<Evidence> {
  const account = accountOf(order)
  if (account === null) return nothingGiven()
  const { content } = order
  if (content === null) throw contentNotUnderstood(order)
  const keptBy = keepers(workspace, { ...order, content })
  await setMember(workspace, content, account, keptBy.length > 0)
  return evidenceOf(content, account, keptBy.length > 0, keptBy)
}

/** A membership that no other lease gives. */
export async function standingMembership(workspace: Workspace, order: Order): Promise<string | null> {
  if (keepers(workspace, order).length > 0 || !(await isMember(workspace, order))) return null
  return membershipSentence(order.holder.identity ?? '', nameOf(order.content), true)
}

export async function isMember({ target, userGroups }: Workspace, order: Order): Promise<boolean> {
  const account = accountOf(order)
  if (account === null) return false
  const { channel, userGroup } = order.content
  return channel ? isInChannel(target, channel, account) : userGroups.isIn(userGroup ?? '', account)
}

function setMember(
  { target, userGroups }: Workspace,
  { channel, userGroup }: SlackEntitlement,
  account: string,
  isIn: boolean,
): Promise<void> {
  return channel
    ? setInChannel(target, channel, account, isIn)
    : userGroups.setIn(userGroup ?? '', account, isIn)
}

/** A group that decides by the present catalog is kept for nobody. */
function keepers({ isDecidingGroup }: Workspace, order: Order): string[] {
  const { userGroup } = order.content
  return userGroup && isDecidingGroup(userGroup) ? [] : keepersOf(order, placeOf)
}

/** Lists of users are separated by commas, so nothing else may stand in an id. */
function accountOf({ holder }: AccessOrder<unknown>): string | null {
  return holder.identity && /^[UW][A-Z0-9]{2,}$/.test(holder.identity) ? holder.identity : null
}

function evidenceOf(
  content: SlackEntitlement,
  account: string,
  isIn: boolean,
  keptBy: readonly string[],
): Evidence {
  const facts = { account, place: placeOf(content) }
  return membershipEvidence({ member: account, of: nameOf(content), keptBy }, isIn, new Date(), facts)
}

function nameOf(content: SlackEntitlement): string {
  return `the ${content.channel ? 'channel' : 'user group'} ${placeOf(content)}`
}

function wouldDecide({ resourceId }: Target, group: string): ConnectorError {
  const message = `${resourceId}: members of ${group} decide about requests, so no lease makes anybody a member. Offer another group.`
  return new ConnectorError('misconfigured', message, { retryable: false })
}
