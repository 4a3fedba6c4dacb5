import { type AccessOrder, ConnectorError, type Evidence, type Facts } from '../../../domain/connector.ts'
import {
  contentNotUnderstood,
  keepersOf,
  noLogin,
  nothingGiven,
  requireLease,
} from '../../_shared/membership.ts'
import type { AwsEntitlement } from '../schema.ts'
import type { Aws } from '../target.ts'
import { type Assignment, isAssigned, isAssignedToGroup, setAssigned } from './assignments.ts'
import { type Center, describePermissionSet, longestSession } from './center.ts'
import { membershipOf, setMember } from './members.ts'
import { findUser, idForEnd, loginOf, requireUser } from './users.ts'
import { idOfWay, otherWays, sentenceOf, waysOf } from './ways.ts'

type Order = AccessOrder<AwsEntitlement>

/** Gives the permission set in the account: by an assignment of the user's own, or by a membership of the group that has it. */
export async function grantInCenter(center: Center, order: Order): Promise<Evidence> {
  const login = loginOf(order)
  if (login === null) throw noLogin(order)
  requireLease(order)
  const found = await center.target.operation(async (aws) => ({
    user: await requireUser(center, aws, order, login),
    set: await requirePermissionSet(center, aws, order.content),
  }))
  const { name, sessionSeconds } = found.set
  // With evidence on record, AWS has said SUCCEEDED once.
  const isNew = order.given === undefined
  const readAt = await write(center, order.content, found.user, true, isNew)
  return {
    readAt,
    summary: `${login} has ${named(order.content, name)}.`,
    facts: { ...factsOf(order.content, found.user), permissionSetName: name, sessionSeconds, present: true },
  }
}

/** Takes it away, unless another lease gives the same. That one is then given again where it is missing. */
export async function revokeInCenter(
  center: Center,
  order: AccessOrder<AwsEntitlement | null>,
): Promise<Evidence> {
  const login = loginOf(order)
  if (login === null) return nothingGiven()
  const { content } = order
  if (content === null) throw contentNotUnderstood(order)
  const user = await center.target.operation((aws) => idForEnd(center, aws, order, login))
  const keptBy = keepers({ ...order, content }, user)
  const readAt = await write(center, content, user, keptBy.length > 0, false)
  const facts = { ...factsOf(content, user), present: keptBy.length > 0 }
  const name = String(order.given?.permissionSetName ?? content.permissionSet)
  if (keptBy.length > 0) {
    const summary = `${login} keeps ${named(content, name)}, because another lease gives it.`
    return { readAt, summary, facts: { ...facts, keptBy } }
  }
  const rest = await center.target.operation((aws) => whatGoesOn(center, aws, { ...order, content }, user))
  return {
    readAt,
    summary: `${login} has no ${content.group === undefined ? 'assignment' : 'membership'} for ${named(content, name)} any more.`,
    facts: { ...facts, sessionSeconds: rest.sessionSeconds },
    residualUntil: {
      at: new Date(readAt.getTime() + rest.sessionSeconds * 1_000),
      what: 'AWS sessions opened before',
    },
    ...(rest.remains !== null && { remains: rest.remains }),
  }
}

/** The same permission set in the account, which no lease gives. Also says that the login is nobody's, before anything is given. */
export async function standingInCenter(center: Center, order: Order): Promise<string | null> {
  const login = loginOf(order)
  if (login === null) return null
  return center.target.operation(async (aws) => {
    const user = await requireUser(center, aws, order, login)
    const leases = leasesOf(order, user).map(({ content }) => content)
    const assignment = assignmentOf(order.content, user)
    const ways = otherWays(await waysOf(center, aws, assignment), leases)
    // The group may have lost its assignment: the membership stands all the same.
    const { group } = order.content
    const isMember =
      group !== undefined &&
      !leases.some((content) => content.group === group) &&
      (await membershipOf(center, aws, group, user)) !== null
    const all = isMember ? [...ways, { group }] : ways
    if (all.length === 0) return null
    const what = named(order.content, await nameOf(center, aws, order.content))
    return sentenceOf(center, aws, { login, what, verb: 'has' }, all)
  })
}

/** The id behind the login. A userName or an e-mail may change during the lease, and pass to another user. */
export async function lookBeforeInCenter(center: Center, order: Order): Promise<Facts> {
  const login = loginOf(order)
  if (login === null) return {}
  return center.target.operation(async (aws) => ({ user: await requireUser(center, aws, order, login) }))
}

export async function isHeldInCenter(center: Center, order: Order): Promise<boolean> {
  const login = loginOf(order)
  if (login === null) return false
  return center.target.operation(async (aws) => {
    const user = await findUser(center, aws, order, login)
    if (user === null) return false
    const { group } = order.content
    const assignment = assignmentOf(order.content, user)
    if (group === undefined) return isAssigned(center, aws, assignment)
    return (
      (await membershipOf(center, aws, group, user)) !== null &&
      (await isAssignedToGroup(center, aws, assignment, group))
    )
  })
}

function assignmentOf({ account, permissionSet }: AwsEntitlement, user: string): Assignment {
  return { account: account ?? '', permissionSet: permissionSet ?? '', user }
}

function write(
  center: Center,
  content: AwsEntitlement,
  user: string,
  isIn: boolean,
  isNew: boolean,
): Promise<Date> {
  const { group } = content
  const assignment = assignmentOf(content, user)
  return center.inTurn(`${idOfWay(content)} ${user}`, () =>
    center.target.operation(async (aws) => {
      if (group === undefined) return setAssigned(center, aws, assignment, isIn, isNew)
      if (isIn) await requireAssigned(center, aws, assignment, group)
      return setMember(center, aws, group, user, isIn)
    }),
  )
}

/** Sessions that were opened before, and the same permission set from elsewhere. */
async function whatGoesOn(
  center: Center,
  aws: Aws,
  order: Order,
  user: string,
): Promise<{ sessionSeconds: number; remains: string | null }> {
  const { content, given } = order
  const leases = leasesOf(order, user).map((lease) => lease.content)
  // The way that was just taken away was read back elsewhere; this list may be late.
  const ways = otherWays(await waysOf(center, aws, assignmentOf(content, user)), [...leases, content])
  const now = await describePermissionSet(center, aws, content.permissionSet ?? '')
  const before = typeof given?.sessionSeconds === 'number' ? given.sessionSeconds : 0
  const login = loginOf(order) ?? ''
  const what = named(content, now?.name ?? content.permissionSet ?? '')
  return {
    // Somebody may have shortened it meanwhile; sessions keep their length.
    sessionSeconds: Math.max(before, now?.sessionSeconds ?? longestSession),
    remains: ways.length > 0 ? await sentenceOf(center, aws, { login, what, verb: 'still has' }, ways) : null,
  }
}

/** Leases of the same login can be of two users, where the name has passed from one to the other. */
function leasesOf({ alsoHeld = [] }: Order, user: string) {
  return alsoHeld.filter(({ before }) => (before?.user ?? user) === user)
}

function keepers(order: Order, user: string): string[] {
  return keepersOf({ ...order, alsoHeld: leasesOf(order, user) }, idOfWay)
}

async function requirePermissionSet(center: Center, aws: Aws, { permissionSet = '' }: AwsEntitlement) {
  const found = await describePermissionSet(center, aws, permissionSet)
  if (found) return found
  const message = `${center.target.resourceId}: Identity Center has no permission set ${permissionSet}. Correct \`permissionSet\` in the catalog.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

async function requireAssigned(
  center: Center,
  aws: Aws,
  assignment: Assignment,
  group: string,
): Promise<void> {
  if (await isAssignedToGroup(center, aws, assignment, group)) return
  const message = `${center.target.resourceId}: the group ${group} is not assigned ${assignment.permissionSet} in account ${assignment.account}, so a membership would give nothing. Assign it, or correct the catalog.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

async function nameOf(center: Center, aws: Aws, { permissionSet = '' }: AwsEntitlement): Promise<string> {
  return (await describePermissionSet(center, aws, permissionSet))?.name ?? permissionSet
}

function named({ account, group }: AwsEntitlement, permissionSet: string): string {
  const by = group === undefined ? '' : ` by the group ${group}`
  return `${permissionSet} in account ${account}${by}`
}

function factsOf({ account = '', permissionSet = '', group }: AwsEntitlement, user: string) {
  return { user, account, permissionSet, ...(group !== undefined && { group }) }
}
