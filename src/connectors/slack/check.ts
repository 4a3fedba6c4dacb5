import type { WebClient } from '@slack/web-api'
import type { Diagnosis } from '../../domain/connector.ts'
import type { Problem } from '../../domain/problem.ts'
import { problemOfChannel } from './channel.ts'
import { slackCodeOf, toConnectorError } from './errors.ts'
import type { Workspace } from './membership.ts'
import type { SlackEntitlement } from './schema.ts'

/** Whether everything that the catalog offers here could be granted and taken away now. Changes nothing. */
export async function checkWorkspace(
  { target, isDecidingGroup }: Workspace,
  offers: ReadonlyMap<string, SlackEntitlement>,
): Promise<Diagnosis> {
  return target.operation(async (slack) => {
    const channels = new Set([...offers.values()].flatMap(({ channel }) => channel ?? []))
    const groups = new Set([...offers.values()].flatMap(({ userGroup }) => userGroup ?? []))
    const { user, team, response_metadata: metadata } = await slack.auth.test()
    const lacking = scopesFor(channels.size > 0, groups.size > 0).filter(
      (scope) => metadata?.scopes && !metadata.scopes.includes(scope),
    )
    const problems: Problem[] = lacking.map((scope) => ({
      what: `the token lacks the scope ${scope}`,
      remedy: `Add ${scope} to the app under OAuth & Permissions, install it again, and set the new token.`,
    }))
    const look = async (about: string, ask: () => Promise<Problem | null>) => {
      const problem = await ask().catch((error: unknown) => problemFrom(target.resourceId, about, error))
      if (problem) problems.push(problem)
    }
    if (!lacking.includes('groups:read'))
      for (const channel of channels) await look(channel, () => problemOfChannel(slack, channel))
    if (groups.size > 0 && !lacking.includes('usergroups:read')) {
      const known = await groupsOf(slack)
      for (const group of groups)
        await look(group, async () => problemOfGroup(known.get(group), group, target.settings.placeholder))
    }
    problems.push(...[...groups].filter(isDecidingGroup).map(decides))
    if (problems.length > 0) return { ok: false, problems }
    const summary = `the token of ${user ?? 'the app'} in ${team ?? 'the workspace'} has every scope; ${offers.size} entitlements can be granted`
    return { ok: true, summary }
  })
}

function scopesFor(hasChannels: boolean, hasGroups: boolean): string[] {
  return [
    ...(hasChannels ? ['groups:read', 'groups:write'] : []),
    ...(hasGroups ? ['usergroups:read', 'usergroups:write'] : []),
  ]
}

interface Group {
  readonly name?: string
  readonly users?: readonly string[]
  readonly date_delete?: number
  readonly is_external?: boolean
}

async function groupsOf(slack: WebClient): Promise<Map<string, Group>> {
  const { usergroups = [] } = await slack.usergroups.list({ include_disabled: true, include_users: true })
  return new Map(usergroups.flatMap((group) => (group.id ? [[group.id, group]] : [])))
}

function problemOfGroup(
  group: Group | undefined,
  id: string,
  placeholder: string | undefined,
): Problem | null {
  const remedy = 'Correct the id in the catalog: the group’s menu in Slack copies it.'
  if (!group) return { what: `Slack knows no user group ${id}`, remedy }
  const name = `${group.name ?? 'the group'} (${id})`
  if (group.date_delete) return { what: `${name} is disabled`, remedy: 'Enable it, or offer another group.' }
  if (group.is_external)
    return { what: `${name} is managed elsewhere`, remedy: 'Offer a group of this workspace.' }
  if ((group.users ?? []).length > 0 || placeholder !== undefined) return null
  return {
    what: `${name} has no members, and Slack keeps no user group empty: nobody could be taken out again`,
    remedy: 'Add a member who stays, or name a `placeholder` in the catalog.',
  }
}

function decides(group: string): Problem {
  return {
    what: `members of ${group} decide about requests, so no lease may make anybody a member`,
    remedy: 'Offer another group, or name other people wherever this one decides.',
  }
}

function problemFrom(resourceId: string, about: string, error: unknown): Problem {
  if (slackCodeOf(error) === null) throw error
  const { message } = toConnectorError(error, resourceId)
  return { what: `${about} cannot be read`, remedy: message }
}
