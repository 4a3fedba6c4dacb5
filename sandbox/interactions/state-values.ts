import { asArray, asString, isObject, type Json } from '../json.ts'
import type { Block } from '../types.ts'
import { type Placed, placedElements, staticOptions } from './elements.ts'

export type Values = Record<string, Record<string, Json>>

/** Where each kind of element keeps its value in `state.values` and in an action, and under which key its initial value comes. */
const KEYS: Record<string, { value: string; initial: string; many?: true }> = {
  plain_text_input: { value: 'value', initial: 'initial_value' },
  email_text_input: { value: 'value', initial: 'initial_value' },
  url_text_input: { value: 'value', initial: 'initial_value' },
  number_input: { value: 'value', initial: 'initial_value' },
  rich_text_input: { value: 'rich_text_value', initial: 'initial_value' },
  static_select: { value: 'selected_option', initial: 'initial_option' },
  external_select: { value: 'selected_option', initial: 'initial_option' },
  radio_buttons: { value: 'selected_option', initial: 'initial_option' },
  users_select: { value: 'selected_user', initial: 'initial_user' },
  conversations_select: { value: 'selected_conversation', initial: 'initial_conversation' },
  channels_select: { value: 'selected_channel', initial: 'initial_channel' },
  datepicker: { value: 'selected_date', initial: 'initial_date' },
  timepicker: { value: 'selected_time', initial: 'initial_time' },
  datetimepicker: { value: 'selected_date_time', initial: 'initial_date_time' },
  checkboxes: { value: 'selected_options', initial: 'initial_options', many: true },
  multi_static_select: { value: 'selected_options', initial: 'initial_options', many: true },
  multi_external_select: { value: 'selected_options', initial: 'initial_options', many: true },
  multi_users_select: { value: 'selected_users', initial: 'initial_users', many: true },
  multi_conversations_select: {
    value: 'selected_conversations',
    initial: 'initial_conversations',
    many: true,
  },
  multi_channels_select: { value: 'selected_channels', initial: 'initial_channels', many: true },
  file_input: { value: 'files', initial: '', many: true },
}

export function valueKey(element: Json): { value: string; initial: string; many?: true } | undefined {
  return KEYS[asString(element.type)]
}

/** The present value of an element: the one filled in, or its initial value. */
export function currentValue(state: Json | undefined): unknown {
  if (!state) return undefined
  const key = KEYS[asString(state.type)]
  return key ? state[key.value] : undefined
}

/**
 * The complete `state.values` of these blocks. A value filled in before stays where block id, action id and kind of element
 * are the same. All others start with their initial value.
 */
export function stateValues(blocks: Block[], before: Values = {}): Values {
  const values: Values = {}
  for (const { block, element } of placedElements(blocks)) {
    const key = valueKey(element)
    if (!key) continue
    const blockId = asString(block.block_id)
    const actionId = asString(element.action_id)
    const kept = before[blockId]?.[actionId]
    const group = values[blockId] ?? {}
    group[actionId] = kept && kept.type === element.type ? kept : initialState(element, key)
    values[blockId] = group
  }
  return values
}

function initialState(element: Json, key: { value: string; initial: string; many?: true }): Json {
  const initial = key.initial ? element[key.initial] : undefined
  return { type: element.type, [key.value]: initial ?? (key.many ? [] : null) }
}

export function setValue(values: Values, { block, element }: Placed, value: unknown): void {
  const key = valueKey(element)
  if (!key) throw new Error(`a ${asString(element.type)} holds no value`)
  const blockId = asString(block.block_id)
  const group = values[blockId] ?? {}
  group[asString(element.action_id)] = { type: element.type, [key.value]: value }
  values[blockId] = group
}

/** Turns what a person picked (text, ids, option values) into the element's value; throws where the element has no such choice. */
export function toValue({ element }: Placed, picked: string | string[], offered: Json[] = []): unknown {
  const key = valueKey(element)
  if (!key) throw new Error(`a ${asString(element.type)} cannot be filled in`)
  const list = Array.isArray(picked) ? picked : [picked]
  const one = list[0] ?? ''
  switch (key.value) {
    case 'selected_option':
      return one === '' ? null : option(element, one, offered)
    case 'selected_options':
      return list.map((value) => option(element, value, offered))
    case 'selected_users':
    case 'selected_conversations':
    case 'selected_channels':
      return list
    case 'selected_date_time':
      return one === '' ? null : Number(one)
    case 'rich_text_value':
      return richText(one)
    case 'files':
      return list.map((id) => ({ id }))
    default:
      return one === '' ? null : one
  }
}

function option(element: Json, wanted: string, offered: Json[]): Json {
  const all = [...staticOptions(element), ...offered]
  const byValue = all.find((o) => o.value === wanted)
  const byText = all.find((o) => isObject(o.text) && o.text.text === wanted)
  const found = byValue ?? byText
  if (!found) {
    const known = all.map((o) => asString(o.value)).join(', ')
    throw new Error(
      `${asString(element.action_id)} offers no option "${wanted}" (it offers: ${known || 'none'})`,
    )
  }
  return found
}

function richText(text: string): Json {
  const section = { type: 'rich_text_section', elements: [{ type: 'text', text }] }
  return { type: 'rich_text', elements: asArray([section]) }
}
