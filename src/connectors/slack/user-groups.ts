import { setTimeout as pause } from 'node:timers/promises'
import type { WebClient } from '@slack/web-api'
import { ConnectorError } from '../../domain/connector.ts'
import { type MemberChange, openMemberQueues } from '../_shared/member-queue.ts'
import { slackCodeOf } from './errors.ts'
import type { Target } from './target.ts'

/**
 * User groups of a workspace. Slack takes whole lists of members only, and 20 calls a minute: changes of one group are made one
 * after the other, and those that come together go together.
 */
export interface UserGroups {
  isIn(group: string, user: string): Promise<boolean>
  members(group: string): Promise<readonly string[]>
  /** Brings the account into the group or takes it out. Resolves when a read-back shows that. */
  setIn(group: string, user: string, isIn: boolean): Promise<void>
}

export function openUserGroups(target: Target): UserGroups {
  const change = openMemberQueues((group, changes) => makeChanges(target, group, changes))
  return {
    isIn: (group, user) =>
      target.operation(async (slack) => (await membersOf(slack, group))?.includes(user) === true),
    members: (group) => target.operation(async (slack) => (await membersOf(slack, group)) ?? []),
    setIn: (group, member, isIn) => change(group, { member, isIn }),
  }
}

/** Another writer may replace the list between our reading and our writing, and after it. So often it is met. */
const mostTries = 4

async function makeChanges(target: Target, group: string, changes: readonly MemberChange[]): Promise<void> {
  const { lookAgainAfter } = target.settings
  for (let tries = 0; tries < mostTries; tries += 1) {
    const wrote = await target.operation((slack) => writeUntilRead(target, slack, group, changes))
    if (!wrote || lookAgainAfter === 0) return
    await pause(lookAgainAfter * 1_000)
  }
  throw changedBack(target, group, changes)
}

/** Whether it had to write: then somebody else may just be writing an older list. */
async function writeUntilRead(
  target: Target,
  slack: WebClient,
  group: string,
  changes: readonly MemberChange[],
): Promise<boolean> {
  for (let writes = 0; ; writes += 1) {
    const members = await membersOf(slack, group)
    if (changes.every(({ member, isIn }) => (members ?? []).includes(member) === isIn)) return writes > 0
    if (members === null) throw noSuchGroup(target, group)
    if (writes === mostTries) throw changedBack(target, group, changes)
    const users = nextMembers(target, group, members, changes).join(',')
    await slack.usergroups.users.update({ usergroup: group, users })
  }
}

function nextMembers(
  { resourceId, settings }: Target,
  group: string,
  members: readonly string[],
  changes: readonly MemberChange[],
): string[] {
  const next = new Set(members)
  for (const { member, isIn } of changes) {
    if (isIn) next.add(member)
    else next.delete(member)
  }
  if (next.size > 0) return [...next]
  if (settings.placeholder !== undefined) return [settings.placeholder]
  const message = `${resourceId}: ${group} would be left without members, and Slack keeps no user group empty. Add another member in Slack, or name a \`placeholder\` in the catalog.`
  throw new ConnectorError('still_present', message, { retryable: true })
}

/** Null: there is no such group. A disabled group keeps its members, and somebody may enable it again. */
async function membersOf(slack: WebClient, usergroup: string): Promise<readonly string[] | null> {
  try {
    const { users } = await slack.usergroups.users.list({ usergroup, include_disabled: true })
    return users ?? []
  } catch (error) {
    if (slackCodeOf(error) === 'no_such_subteam') return null
    throw error
  }
}

function noSuchGroup({ resourceId }: Target, group: string): ConnectorError {
  const message = `${resourceId}: Slack knows no user group ${group}. Correct the id in the catalog.`
  return new ConnectorError('misconfigured', message, { retryable: false })
}

function changedBack(
  { resourceId }: Target,
  group: string,
  changes: readonly MemberChange[],
): ConnectorError {
  const isRemoval = changes.some(({ isIn }) => !isIn)
  const message = `${resourceId}: the members of ${group} are not as they were written. Somebody else writes them too.`
  return new ConnectorError(isRemoval ? 'still_present' : 'conflict', message, { retryable: true })
}
