import type { ConversationsInfoResponse, WebClient } from '@slack/web-api'
import { ConnectorError } from '../../domain/connector.ts'
import type { Problem } from '../../domain/problem.ts'
import { missingScopeOf, slackCodeOf } from './errors.ts'
import type { Target } from './target.ts'

type Channel = NonNullable<ConversationsInfoResponse['channel']>

/** Somebody who changes it back at the same moment is met so many times. */
const mostChanges = 3
/** https://docs.slack.dev/reference/methods/conversations.members (`limit`) */
const membersInOnePage = 1_000

export function isInChannel(target: Target, channel: string, user: string): Promise<boolean> {
  return target.operation(async (slack) => (await membersOf(slack, channel)).has(user))
}

/** Everybody in the channel but the app itself. */
export function channelMembers(target: Target, channel: string): Promise<string[]> {
  return target.operation(async (slack) => {
    const [members, { user_id: own }] = await Promise.all([membersOf(slack, channel), slack.auth.test()])
    return [...members].filter((member) => member !== own)
  })
}

/** Brings the account into the channel or takes it out. Resolves when a read-back shows that. */
export function setInChannel(target: Target, channel: string, user: string, isIn: boolean): Promise<void> {
  return target.operation(async (slack) => {
    for (let changes = 0; ; changes += 1) {
      const members = await membersOf(slack, channel)
      if (members.has(user) === isIn) return
      if (changes === mostChanges) throw changedBack(target, channel, user, isIn)
      await (isIn ? invite(slack, channel, user) : remove(slack, channel, user))
    }
  })
}

/** Throws where a membership of this channel is no access, or could not be taken away. */
export function requireFitChannel(target: Target, channel: string): Promise<void> {
  return target.operation(async (slack) => {
    const problem = await problemOfChannel(slack, channel)
    if (!problem) return
    const message = `${target.resourceId}: ${problem.what}. ${problem.remedy}`
    throw new ConnectorError('misconfigured', message, { retryable: false })
  })
}

/** Throws Slack's error where the channel cannot be seen. */
export async function problemOfChannel(slack: WebClient, id: string): Promise<Problem | null> {
  const channel = await lookAt(slack, id)
  const name = `#${channel?.name ?? id} (${id})`
  if (!channel?.is_private || channel.is_im || channel.is_mpim)
    return {
      what: `${name} is no private channel, so people can come in without a lease`,
      remedy: 'Offer a private channel.',
    }
  if (channel.is_archived)
    return { what: `${name} is archived`, remedy: 'Unarchive it, or offer another one.' }
  if (isShared(channel))
    return {
      what: `${name} is shared with another organisation or workspace`,
      remedy: 'Offer a channel of this workspace alone.',
    }
  if (!channel.is_member)
    return { what: `the app is not in ${name}`, remedy: 'Invite it there: /invite and the name of the app.' }
  return null
}

/** Null: it is a public one, which this token may not even read. */
async function lookAt(slack: WebClient, id: string): Promise<Channel | null> {
  try {
    const { channel } = await slack.conversations.info({ channel: id })
    return channel ?? null
  } catch (error) {
    if (missingScopeOf(error) === 'channels:read') return null
    throw error
  }
}

function isShared(channel: Channel): boolean {
  const { is_ext_shared: external, is_pending_ext_shared: pending, is_org_shared: org } = channel
  return external === true || pending === true || org === true
}

async function membersOf(slack: WebClient, channel: string): Promise<Set<string>> {
  const found = new Set<string>()
  let cursor = ''
  do {
    const page = await slack.conversations.members({
      channel,
      limit: membersInOnePage,
      ...(cursor && { cursor }),
    })
    for (const user of page.members ?? []) found.add(user)
    cursor = page.response_metadata?.next_cursor ?? ''
  } while (cursor !== '')
  return found
}

/** The read-back decides, so it does not matter if somebody else was faster. */
async function invite(slack: WebClient, channel: string, user: string): Promise<void> {
  await slack.conversations.invite({ channel, users: user }).catch(unless('already_in_channel'))
}

async function remove(slack: WebClient, channel: string, user: string): Promise<void> {
  await slack.conversations.kick({ channel, user }).catch(unless('not_in_channel'))
}

function unless(code: string): (error: unknown) => void {
  return (error) => {
    if (slackCodeOf(error) !== code) throw error
  }
}

function changedBack({ resourceId }: Target, channel: string, user: string, isIn: boolean): ConnectorError {
  const what = isIn ? 'is still no member' : 'is still a member'
  const message = `${resourceId}: ${user} ${what} of ${channel}, though Slack took each change. Somebody changes it back, or Slack is late.`
  return new ConnectorError(isIn ? 'conflict' : 'still_present', message, { retryable: true })
}
