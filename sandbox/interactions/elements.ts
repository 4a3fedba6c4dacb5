import { asArray, asObject, asObjects, asString, isObject, type Json } from '../json.ts'
import type { Block } from '../types.ts'

/** An interactive element and its block. */
export interface Placed {
  block: Block
  element: Json
}

const INTERACTIVE = new Set([
  'button',
  'overflow',
  'checkboxes',
  'radio_buttons',
  'static_select',
  'external_select',
  'users_select',
  'conversations_select',
  'channels_select',
  'multi_static_select',
  'multi_external_select',
  'multi_users_select',
  'multi_conversations_select',
  'multi_channels_select',
  'datepicker',
  'timepicker',
  'datetimepicker',
  'plain_text_input',
  'email_text_input',
  'url_text_input',
  'number_input',
  'rich_text_input',
  'file_input',
  'workflow_button',
  'icon_button',
])

/** Every interactive element of these blocks, those in cards and containers included. */
export function placedElements(blocks: Block[]): Placed[] {
  return blocks.flatMap((block) => {
    const candidates = [
      block.element,
      block.accessory,
      ...asArray(block.type === 'rich_text' ? [] : block.elements),
      ...(block.type === 'card' ? asArray(block.actions) : []),
    ]
    const own = candidates.filter(isInteractive).flatMap((element) => [{ block, element }])
    const feedback = asObjects(block.elements)
      .filter((e) => e.type === 'feedback_buttons')
      .map((element) => ({ block, element }))
    const children = [...asObjects(block.child_blocks), ...cards(block)]
    return [...own, ...feedback, ...placedElements(children as Block[])]
  })
}

function cards(block: Block): Json[] {
  return block.type === 'carousel' ? asObjects(block.elements) : []
}

function isInteractive(value: unknown): value is Json {
  return isObject(value) && INTERACTIVE.has(asString(value.type))
}

export function findElement(
  blocks: Block[],
  actionId: string,
  pick: { blockId?: string | undefined; value?: string | undefined } = {},
): Placed | undefined {
  return placedElements(blocks).find(
    ({ block, element }) =>
      element.action_id === actionId &&
      (pick.blockId === undefined || block.block_id === pick.blockId) &&
      (pick.value === undefined || element.type !== 'button' || element.value === pick.value),
  )
}

/** The options of a static element, groups flattened. */
export function staticOptions(element: Json): Json[] {
  const groups = asObjects(element.option_groups)
  return [...asObjects(element.options), ...groups.flatMap((g) => asObjects(g.options))]
}

/** Gives blocks and elements the ids that Slack makes up where an app left them out. */
export function withIds(blocks: Block[]): Block[] {
  return blocks.map((block) => {
    const copy = structuredClone(block)
    fillBlock(copy)
    return copy
  })
}

function fillBlock(block: Json): void {
  if (!block.block_id) block.block_id = shortId()
  for (const { element } of placedElements([block as Block]))
    if (!element.action_id) element.action_id = shortId()
  for (const child of asObjects(block.child_blocks)) fillBlock(child)
}

function shortId(): string {
  return Math.random().toString(36).slice(2, 7).padEnd(5, 'x')
}

/** Whether a change of this element is sent to the app at once. */
export function dispatches({ block, element }: Placed): boolean {
  return block.type !== 'input' || (block.dispatch_action === true && element.type !== 'file_input')
}

export function textOf(value: unknown): string {
  return asString(asObject(value).text)
}
