import type { Core } from '../core.ts'
import { asObjects, asString, isObject, type Json, parseJson } from '../json.ts'
import type { Option, Target } from '../types.ts'
import { optionProblems } from '../validity/blocks.ts'
import { messageJson } from '../web-api/render.ts'
import type { User } from '../workspace.ts'
import { textOf } from './elements.ts'
import { activePerson, channelName, interactionBase } from './people.ts'
import { container, type Found, findVisible } from './visible.ts'

const MIN_QUERY = 3

/** A person types into an external select. Empty below its `min_query_length`, as Slack does not ask then. */
export async function suggest(
  core: Core,
  userId: string,
  actionId: string,
  query: string,
  target: Target = {},
): Promise<Option[]> {
  const user = activePerson(core, userId)
  const found = findVisible(core, userId, actionId, target)
  return (await ask(core, user, found, query)).map(({ option, group }) => ({
    text: textOf(option.text),
    value: asString(option.value),
    ...(option.description ? { description: textOf(option.description) } : {}),
    ...(group ? { group } : {}),
  }))
}

/** The options offered for an external select. Where the picked one is not among them, asks the app for it. */
export async function offeredOptions(
  core: Core,
  user: User,
  found: Found,
  picked: string | string[],
): Promise<Json[]> {
  if (!isExternal(found)) return []
  const wanted = (Array.isArray(picked) ? picked : [picked]).filter(Boolean)
  const known = core.suggested.last(memoryKey(user, found))
  const initial = [
    found.placed.element.initial_option,
    ...asObjects(found.placed.element.initial_options),
  ].filter(isObject)
  const all = [...known, ...initial]
  for (const value of wanted) {
    if (all.some((o) => o.value === value || textOf(o.text) === value)) continue
    all.push(...(await ask(core, user, found, value)).map(({ option }) => option))
  }
  return all
}

function isExternal({ placed }: Found): boolean {
  return placed.element.type === 'external_select' || placed.element.type === 'multi_external_select'
}

function memoryKey(user: User, { placed, view, message }: Found): string {
  const place = view ? `${view.rootId}` : `${message?.channel}:${message?.ts}`
  return [user.id, place, placed.block.block_id, placed.element.action_id].join('|')
}

async function ask(
  core: Core,
  user: User,
  found: Found,
  query: string,
): Promise<{ option: Json; group?: string }[]> {
  const { placed, app, message, view } = found
  if (!isExternal(found)) throw new Error(`${asString(placed.element.action_id)} is no external select`)
  const min =
    typeof placed.element.min_query_length === 'number' ? placed.element.min_query_length : MIN_QUERY
  if (query.length < min) return []
  const channel = message && core.workspace.channels.get(message.channel)
  const answer = await core.deliverer.deliver(app, {
    name: 'block_suggestion',
    kind: 'interactive',
    acceptsResponse: true,
    payload: {
      type: 'block_suggestion',
      ...interactionBase(core, app, user),
      container: container(found),
      action_id: placed.element.action_id,
      block_id: placed.block.block_id,
      value: query,
      ...(channel ? { channel: { id: channel.id, name: channelName(channel) } } : {}),
      ...(message && !message.ephemeralTo ? { message: messageJson(core.workspace, message) } : {}),
      ...(view ? { view: core.views.toJson(view) } : {}),
    },
  })
  const offered = answer.ok ? readOptions(core, parseJson(answer.body)) : []
  core.suggested.remember(
    memoryKey(user, found),
    offered.map(({ option }) => option),
  )
  return offered
}

function readOptions(core: Core, body: unknown): { option: Json; group?: string }[] {
  const { options, option_groups } = isObject(body) ? body : {}
  const problems =
    options === undefined && option_groups === undefined
      ? ['neither options nor option_groups']
      : optionProblems(options, option_groups)
  if (problems.length > 0) {
    core.traffic.violate('invalid_options', `answer to block_suggestion: ${problems.join('; ')}`)
    return []
  }
  if (option_groups === undefined) return asObjects(options).map((option) => ({ option }))
  return asObjects(option_groups).flatMap((g) =>
    asObjects(g.options).map((option) => ({ option, group: textOf(g.label) })),
  )
}
