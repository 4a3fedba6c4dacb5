import type { WebClient } from '@slack/web-api'
import { type Catalog, isUserGroup, userGroupsOf } from '../../domain/catalog.ts'
import type { Diagnosis } from '../../domain/connector.ts'
import type { Problem } from '../../domain/problem.ts'
import { identifySlackApp } from './identity.ts'
import { missingScopes } from './scopes.ts'
import { explainSlackError } from './slack-error.ts'

/** The checks of `daypass doctor`: the token, its scopes, and every channel, user group and person of the catalog. */
export function slackProbes(
  client: WebClient,
  catalog: Catalog,
): { readonly name: string; look(): Promise<Diagnosis> }[] {
  const resources = [...catalog.resources.values()]
  const owners = resources.map(({ owners }) => owners)
  const asked = resources.flatMap(({ connector }) => connector.taskPeople ?? [])
  const channels = [
    ...new Set([
      catalog.security.channel,
      ...owners.map(({ channel }) => channel),
      ...asked.flatMap(({ channel }) => channel ?? []),
    ]),
  ]
  const named = [...new Set([...catalog.security.leads, ...owners.flatMap(({ approvers }) => approvers)])]
  const people = named.filter((id) => !isUserGroup(id))
  // Guests may be among them: they are named in person.
  const doers = [...new Set(asked.flatMap(({ assignees }) => assignees ?? []))].filter(
    (id) => !isUserGroup(id) && !people.includes(id),
  )
  const groups = [...userGroupsOf(catalog)]
  return [
    { name: 'Slack token and scopes', look: () => checkToken(client) },
    {
      name: 'Slack channels',
      look: () => checkAll(channels, 'can be posted to', (id) => checkChannel(client, id)),
    },
    {
      name: 'Slack user groups',
      look: () => checkAll(groups, 'exist and have members', (id) => checkGroup(client, id)),
    },
    {
      name: 'Slack people',
      look: () => checkAll(people, 'can decide', (id) => checkPerson(client, id)),
    },
    ...(doers.length === 0
      ? []
      : [
          {
            name: 'Slack people with tasks',
            look: () => checkAll(doers, 'can be asked', (id) => checkPerson(client, id, { guests: true })),
          },
        ]),
  ]
}

async function checkToken(client: WebClient): Promise<Diagnosis> {
  try {
    const { scopes, botUserId } = await identifySlackApp(client)
    const missing = scopes.length === 0 ? [] : missingScopes(scopes)
    if (missing.length === 0)
      return { ok: true, summary: `the token belongs to ${botUserId} and has every scope` }
    const remedy = 'Paste manifest.yml again under App Manifest, and install the app again.'
    const problems = missing.map(({ scope, reason }) => ({
      what: `the token lacks ${scope}, needed to ${reason}`,
      remedy,
    }))
    return { ok: false, problems }
  } catch (error) {
    return { ok: false, problems: [slackProblem('the token', error)] }
  }
}

/** One call after the other, because Slack limits calls for user groups to 20 a minute: https://docs.slack.dev/apis/web-api/rate-limits */
async function checkAll(
  ids: readonly string[],
  successText: string,
  look: (id: string) => Promise<Problem | null>,
): Promise<Diagnosis> {
  const problems: Problem[] = []
  for (const id of ids) {
    const problem = await look(id).catch((error: unknown) => slackProblem(id, error))
    if (problem) problems.push(problem)
  }
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, summary: `all ${ids.length} ${successText}` }
}

async function checkChannel(client: WebClient, id: string): Promise<Problem | null> {
  const { channel } = await client.conversations.info({ channel: id })
  const name = `#${channel?.name ?? id} (${id})`
  if (channel?.is_archived)
    return { what: `${name} is archived`, remedy: 'Unarchive it, or name another channel in the catalog.' }
  if (channel?.is_ext_shared) {
    return {
      what: `${name} is shared with another organisation`,
      remedy: 'Name an internal channel: requests are not posted where outsiders read.',
    }
  }
  if (!channel?.is_member)
    return { what: `Daypass is not in ${name}`, remedy: 'Invite it there: /invite @Daypass' }
  return null
}

async function checkGroup(client: WebClient, id: string): Promise<Problem | null> {
  const { users = [] } = await client.usergroups.users.list({ usergroup: id })
  if (users.length > 0) return null
  return {
    what: `user group ${id} has no members`,
    remedy: 'Add members in Slack, or name other approvers in the catalog.',
  }
}

async function checkPerson(client: WebClient, id: string, { guests = false } = {}): Promise<Problem | null> {
  const { user } = await client.users.info({ user: id })
  const name = `${user?.real_name ?? 'somebody'} (${id})`
  const remedy = 'Name somebody else in the catalog.'
  if (user?.deleted) return { what: `${name} is deactivated`, remedy }
  if (user?.is_bot) return { what: `${name} is a bot, and bots decide nothing`, remedy }
  if (user?.is_restricted && !guests) return { what: `${name} is a guest, and guests never approve`, remedy }
  if (user?.is_stranger) return { what: `${name} belongs to another organisation`, remedy }
  return null
}

function slackProblem(what: string, error: unknown): Problem {
  const { code, message } = explainSlackError(error)
  if (code === 'no_such_subteam') {
    return {
      what: `there is no user group ${what}`,
      remedy: 'Correct the id in the catalog: the group’s menu in Slack copies it.',
    }
  }
  if (code === 'user_not_found')
    return {
      what: `there is no user ${what}`,
      remedy: 'Correct the id in the catalog: the profile’s menu in Slack copies it.',
    }
  return { what: `${what}: Slack answered ${code}`, remedy: message }
}
