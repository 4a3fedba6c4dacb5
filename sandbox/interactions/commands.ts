import type { Core } from '../core.ts'
import { commandError } from '../delivery/answer.ts'
import { asObjects, asString, isObject, type Json, parseJson } from '../json.ts'
import type { Block, CommandOutcome } from '../types.ts'
import { messageProblems } from '../validity/blocks.ts'
import type { App, Workspace } from '../workspace.ts'
import { activePerson, barOf, channelName, conversationOf } from './people.ts'
import { postAnswer } from './response-urls.ts'

interface Typed {
  user: string
  command: string
  text: string
  channel: string
}

/** A person types a slash command in a channel. */
export async function runCommand(core: Core, typed: Typed): Promise<CommandOutcome> {
  const user = activePerson(core, typed.user)
  const channel = conversationOf(core, typed.user, typed.channel)
  if (channel.isArchived) throw new Error(`${channel.id} is archived`)
  const found = findCommand(core.workspace, typed.command)
  if (!found)
    return refused(
      `${typed.command} is not a valid command. In Slack, all messages that start with the "/" character are interpreted as slash commands.`,
    )
  const barred = barOf(core.workspace, user, 'slash commands')
  if (barred) return refused(barred)
  const { app, shouldEscape } = found
  const text = typed.text.trim()
  const payload: Json = {
    token: 'sandbox-verification-token',
    team_id: core.workspace.team.id,
    team_domain: core.workspace.team.domain,
    channel_id: channel.id,
    channel_name: channelName(channel),
    user_id: user.id,
    user_name: user.name,
    command: typed.command,
    text: shouldEscape ? escapeCommandText(core.workspace, text) : text,
    api_app_id: app.appId,
    is_enterprise_install: 'false',
    response_url: core.responseUrls.issue('commands', app, user.id, channel.id),
    trigger_id: core.triggers.issue(app.appId, user.id),
  }
  const answer = await core.deliverer.deliver(app, {
    name: 'slash_commands',
    kind: 'slash_commands',
    payload,
    acceptsResponse: true,
  })
  if (!answer.ok) return { ok: false, ackMs: answer.ms, error: commandError(typed.command, answer) }
  return showAnswer(core, app, { userId: user.id, channel: channel.id }, answer.body, answer.ms)
}

function refused(error: string): CommandOutcome {
  return { ok: false, ackMs: 0, error }
}

function findCommand(workspace: Workspace, command: string): { app: App; shouldEscape: boolean } | undefined {
  for (const app of workspace.apps.values()) {
    const found = app.commands.find((c) => c.command === command)
    if (found && app.scopes.includes('commands')) return { app, shouldEscape: found.shouldEscape === true }
  }
  return undefined
}

/** Shows the body of an acknowledgement: nothing, a text, or a JSON message. */
function showAnswer(
  core: Core,
  app: App,
  to: { userId: string; channel: string },
  body: string,
  ackMs: number,
): CommandOutcome {
  if (body.trim() === '') return { ok: true, ackMs }
  const parsed = parseJson(body)
  const payload: Json = isObject(parsed) ? parsed : { text: body }
  const problems = payload.blocks === undefined ? [] : messageProblems(payload.blocks)
  if (problems.length > 0) {
    core.traffic.violate('invalid_blocks', `answer to a command: ${problems.join('; ')}`)
    return { ok: false, ackMs, error: 'the app answered with invalid blocks' }
  }
  if (!payload.text && !payload.blocks) return { ok: true, ackMs }
  const message = postAnswer(core, app, to, payload)
  const response_type = message.ephemeralTo ? 'ephemeral' : 'in_channel'
  const blocks = asObjects(payload.blocks) as Block[]
  return { ok: true, ackMs, response: { text: asString(payload.text), blocks, response_type } }
}

/** Writes links and mentions as Slack does for commands that ask for it: `<https://…>`, `<@U1|name>`, `<#C1|name>`; &, <, > as entities. */
function escapeCommandText(workspace: Workspace, text: string): string {
  const plain = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return plain.replace(/https?:\/\/\S+|[@#][a-z0-9._-]+/g, (word) => {
    if (word.startsWith('http')) return `<${word}>`
    return (
      (word.startsWith('@') ? mention(workspace, word.slice(1)) : channelLink(workspace, word.slice(1))) ??
      word
    )
  })
}

function mention(workspace: Workspace, name: string): string | undefined {
  const user = [...workspace.users.values()].find((u) => u.name === name)
  if (user) return `<@${user.id}|${user.name}>`
  const group = [...workspace.usergroups.values()].find((g) => g.handle === name)
  return group && `<!subteam^${group.id}|@${group.handle}>`
}

function channelLink(workspace: Workspace, name: string): string | undefined {
  const channel = [...workspace.channels.values()].find((c) => c.kind !== 'im' && c.name === name)
  return channel && `<#${channel.id}|${channel.name}>`
}
