import { asObject, asObjects, asString, type Json } from '../../../json.ts'
import type { Option } from '../../../types.ts'
import { me } from '../state/place.ts'
import { channels, channelTitle, usersById } from '../state/store.ts'

export function optionOf(option: Json, group = ''): Option {
  const description = asString(asObject(option.description).text)
  return {
    text: asString(asObject(option.text).text),
    value: asString(option.value),
    ...(description ? { description } : {}),
    ...(group ? { group } : {}),
  }
}

/** The options that a menu has without asking the app. */
export function optionsOf(element: Json): Option[] {
  const type = asString(element.type).replace('multi_', '')
  if (type === 'users_select') {
    return [...usersById.value.values()]
      .filter(({ role }) => role !== 'deactivated')
      .map(({ id, realName, name }) => ({ text: realName, value: id, description: `@${name}` }))
  }
  if (type === 'channels_select') return places(['channel'])
  if (type === 'conversations_select') {
    const include = asObject(element.filter).include
    const kinds = Array.isArray(include) ? include.map((kind) => KINDS[String(kind)]) : []
    return places(kinds.length > 0 ? kinds : ['channel', 'group', 'im'])
  }
  const groups = asObjects(element.option_groups)
  return [
    ...asObjects(element.options).map((option) => optionOf(option)),
    ...groups.flatMap((group) => {
      const label = asString(asObject(group.label).text)
      return asObjects(group.options).map((option) => optionOf(option, label))
    }),
  ]
}

const KINDS: Record<string, string> = { public: 'channel', private: 'group', im: 'im', mpim: 'mpim' }

function places(kinds: (string | undefined)[]): Option[] {
  return channels.value
    .filter(({ kind }) => kinds.includes(kind))
    .map((channel) => ({
      text: `${channel.kind === 'im' ? '' : '#'}${channelTitle(channel, me.value)}`,
      value: channel.id,
    }))
}

/** The names of an element's value, in `state.values` and in the element. */
export function keysOf(type: string): { state: string; initial: string } {
  const many = type.startsWith('multi_') || type === 'checkboxes' ? 's' : ''
  const what = /users|channels|conversations/.exec(type)?.[0].slice(0, -1) ?? 'option'
  return { state: `selected_${what}${many}`, initial: `initial_${what}${many}` }
}

/** A chosen value as an option: an object for options, an id for people and places. */
export function chosenOption(chosen: unknown, offered: readonly Option[]): Option | undefined {
  if (chosen === null || chosen === undefined || chosen === '') return undefined
  // Ids of people and places come in a list, even of one.
  const one = Array.isArray(chosen) ? chosen[0] : chosen
  if (typeof one === 'string') return offered.find(({ value }) => value === one) ?? { text: one, value: one }
  return typeof one === 'object' && one !== null ? optionOf(asObject(one)) : undefined
}

/** Options by the label of their group, in order; those of none under ''. */
export function groupsOf(options: readonly Option[]): [string, Option[]][] {
  const groups = new Map<string, Option[]>()
  for (const option of options) {
    const group = option.group ?? ''
    groups.set(group, [...(groups.get(group) ?? []), option])
  }
  return [...groups]
}
