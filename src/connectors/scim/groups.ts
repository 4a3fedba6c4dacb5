import { randomUUID } from 'node:crypto'
import { ConnectorError } from '../../domain/connector.ts'
import { type MemberChange, openMemberQueues } from '../_shared/member-queue.ts'
import { memberIds, type PatchOperation, providerSchema, quoted, type Resource } from './resource.ts'
import type { Scim, Target } from './target.ts'

/** The members of the groups of one server. */
export interface Groups {
  isIn(group: string, user: string): Promise<boolean>
  /** Brings the user into the group or takes it out. Resolves with the time of the read-back that shows that. */
  setIn(group: string, user: string, isIn: boolean): Promise<Date>
}

export function openGroups(target: Target): Groups {
  const seen: Seen = { filterIsHonest: false, versionsAreTaken: false }
  const change = openMemberQueues((group, changes) =>
    target.operation((scim) => changeUntilRead({ target, scim, seen }, group, changes)),
  )
  return {
    isIn: (group, user) =>
      target.operation(async (scim) =>
        (await membersAmong({ target, scim, seen }, group, [user])).members.has(user),
      ),
    setIn: (group, member, isIn) => change(group, { member, isIn }),
  }
}

interface Reading {
  readonly target: Target
  readonly scim: Scim
  readonly seen: Seen
}

/** What this server was seen to do. It is asked until then. */
interface Seen {
  /** A filter on members finds none where there is none. */
  filterIsHonest: boolean
  /** It says that it honours `If-Match`. An `ETag` alone may be that of a cache. */
  versionsAreTaken: boolean
}

interface Members {
  /** Of those that were asked about; of the whole group where it lists them. */
  readonly members: ReadonlySet<string>
  /** Null: there is no such group, or it was not read. */
  readonly group: { readonly resource: Resource; readonly version: string | null } | null
  readonly at: Date
}

/** Another writer may change the group between our reading and our writing. So often it is met. */
const mostTries = 4

async function changeUntilRead(
  reading: Reading,
  group: string,
  changes: readonly MemberChange[],
): Promise<Date> {
  const users = changes.map(({ member }) => member)
  let before: Members | null = null
  for (let tries = 0; ; tries += 1) {
    const now = await membersAmong(reading, group, users)
    if (before) await putBackOthers(reading, group, changes, { before, now })
    const open = changes.filter(({ member, isIn }) => now.members.has(member) !== isIn)
    if (open.length === 0) return now.at
    if (now.group === null && reading.target.settings.findMembers === 'group')
      throw noSuchGroup(reading.target, group)
    if (tries === mostTries) throw changedBack(reading.target, group, open)
    before = now
    await (reading.target.settings.patch ? patch : replace)(reading, group, open, now)
  }
}

async function membersAmong(reading: Reading, group: string, users: readonly string[]): Promise<Members> {
  const { target, scim } = reading
  if (target.settings.findMembers !== 'group') return membersByFilter(reading, group, users)
  const found = await scim.read(['Groups', group])
  return {
    members: new Set(found ? memberIds(found.resource) : []),
    group: found,
    at: found?.at ?? new Date(),
  }
}

/** One question for each user: whether there is a group of this id with this member. */
async function membersByFilter(reading: Reading, group: string, users: readonly string[]): Promise<Members> {
  const { target, scim, seen } = reading
  const { findMembers } = target.settings
  const isMember = async (user: string) => {
    const asked = `id eq ${quoted(group)} and ${findMembers} eq ${quoted(user)}`
    const found = await scim.list('Groups', { filter: asked, excludedAttributes: 'members' })
    return found.some(({ id }) => id === group)
  }
  if (!seen.filterIsHonest) {
    if (await isMember(randomUUID())) throw ignoresFilter(target)
    seen.filterIsHonest = true
  }
  const answers = await Promise.all(users.map(async (user) => ((await isMember(user)) ? [user] : [])))
  return { members: new Set(answers.flat()), group: null, at: new Date() }
}

async function patch(
  { target, scim }: Reading,
  group: string,
  changes: readonly MemberChange[],
): Promise<void> {
  const added = changes.filter(({ isIn }) => isIn).map(({ member }) => ({ value: member }))
  const removed = changes.filter(({ isIn }) => !isIn).map(({ member }) => member)
  const operations: PatchOperation[] = [
    ...(added.length > 0 ? [{ op: 'add', path: 'members', value: added } as const] : []),
    ...removals(target, removed),
  ]
  const answer = await scim.patch(['Groups', group], operations)
  if (answer === null) return
  // A member that is not there any more: the read-back decides.
  const isGone = answer.status === 404 || isNoTarget(answer.body)
  if (!(isGone && added.length === 0)) throw scim.refused(answer)
}

function removals({ settings }: Target, users: readonly string[]): PatchOperation[] {
  if (users.length === 0) return []
  return settings.removal === 'value'
    ? [{ op: 'remove', path: 'members', value: users.map((value) => ({ value })) }]
    : users.map((user) => ({ op: 'remove', path: `members[value eq ${quoted(user)}]` }))
}

/** https://www.rfc-editor.org/rfc/rfc7644#section-3.12 */
function isNoTarget(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'scimType' in body && body.scimType === 'noTarget'
}

/** A whole group is written, so nothing may have changed since it was read. To take away, even an unversioned one is written. */
async function replace(
  reading: Reading,
  group: string,
  changes: readonly MemberChange[],
  { group: found }: Members,
): Promise<void> {
  const { target, scim } = reading
  if (!found) throw noSuchGroup(target, group)
  const isSafe = found.version !== null && (await takesVersions(reading))
  if (!isSafe && changes.some(({ isIn }) => isIn)) throw unversioned(target, group)
  const out = new Set(changes.filter(({ isIn }) => !isIn).map(({ member }) => member))
  const kept = (found.resource.members ?? []).filter(({ value }) => !out.has(value))
  const added = changes.filter(({ isIn }) => isIn).map(({ member }) => ({ value: member }))
  const whole = { ...found.resource, members: [...kept, ...added] }
  await scim.replace(['Groups', group], whole, found.version)
}

async function takesVersions({ scim, seen }: Reading): Promise<boolean> {
  if (!seen.versionsAreTaken) {
    const { status, body } = await scim.ask('ServiceProviderConfig')
    const read = providerSchema.safeParse(body)
    seen.versionsAreTaken = status === 200 && read.success && read.data.etag?.supported === true
  }
  return seen.versionsAreTaken
}

/**
 * A server that takes a removal by value for one of all members, as the standard has it, must not have its group emptied by the
 * end of a lease. One other member that is gone may have been taken out by somebody else.
 */
async function putBackOthers(
  { target, scim }: Reading,
  group: string,
  changes: readonly MemberChange[],
  { before, now }: { before: Members; now: Members },
): Promise<void> {
  const { removal, patch: takesPatch, findMembers } = target.settings
  const isByValue = removal === 'value' && takesPatch && changes.some(({ isIn }) => !isIn)
  if (!isByValue || findMembers !== 'group') return
  const ours = new Set(changes.map(({ member }) => member))
  const others = [...before.members].filter((user) => !ours.has(user))
  if (others.length < 2 || others.some((user) => now.members.has(user))) return
  const answer = await scim.patch(
    ['Groups', group],
    [{ op: 'add', path: 'members', value: others.map((value) => ({ value })) }],
  )
  if (answer) throw scim.refused(answer)
  const message = `${target.resourceId}: the server took a removal by value for one of all members of ${group}. The ${others.length} others were put back. Write \`removal: path\`.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

function ignoresFilter({ resourceId, settings }: Target): ConnectorError {
  const message = `${resourceId}: the server finds a member by \`${settings.findMembers} eq\` that does not exist, so it ignores the filter. Write another \`findMembers\`.`
  return new ConnectorError('misconfigured', message, { retryable: false })
}

function unversioned({ resourceId }: Target, group: string): ConnectorError {
  const message = `${resourceId}: the server does not say that it honours versions (ETag, If-Match), so two writers could each undo the change of the other. Daypass adds no member to ${group} there.`
  return new ConnectorError('misconfigured', message, { retryable: false })
}

function noSuchGroup({ resourceId }: Target, group: string): ConnectorError {
  const message = `${resourceId}: there is no group with the id ${group}. Correct the id in the catalog: \`daypass doctor\` looks for the name.`
  return new ConnectorError('misconfigured', message, { retryable: false })
}

function changedBack({ resourceId }: Target, group: string, open: readonly MemberChange[]): ConnectorError {
  const isRemoval = open.some(({ isIn }) => !isIn)
  const who = open.map(({ member }) => member).join(', ')
  const message = `${resourceId}: ${who} ${isRemoval ? 'is still a member' : 'is still no member'} of ${group}, though the server took each change. Somebody changes it back, or the server is late.`
  return new ConnectorError(isRemoval ? 'still_present' : 'conflict', message, { retryable: true })
}
