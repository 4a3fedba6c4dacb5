import { asArray, asObjects, asString, isObject, type Json } from './json.ts'

/**
 * The text that a person reads in these blocks, one line a block (in tables: a row). Mentions become `@id`, date tokens their fallback,
 * buttons `[label]`, inputs `label: ____`.
 */
export function plainText(blocks: readonly Json[]): string {
  return blocks
    .map(blockText)
    .filter((line) => line !== '')
    .join('\n')
}

function blockText(block: Json): string {
  switch (block.type) {
    case 'divider':
      return '---'
    case 'table':
    case 'data_table':
      return lines([
        asString(block.caption),
        ...asArray(block.rows).map((row) => asObjects(row).map(inline).join(' | ')),
      ])
    case 'input':
      return `${inline(block.label)}: ____${block.hint ? ` (${inline(block.hint)})` : ''}`
    case 'actions':
    case 'context_actions':
      return asObjects(block.elements).map(elementText).join(' ')
    case 'context':
      return asObjects(block.elements).map(inline).join(' ')
    case 'image':
    case 'video':
      return `(${asString(block.alt_text)})`
    case 'carousel':
      return plainText(asObjects(block.elements))
    default:
      return otherText(block)
  }
}

/** section, header, markdown, alert, card, container, rich_text, ... */
function otherText(block: Json): string {
  const parts = [block.title, block.subtitle, block.text, block.body].map(inline)
  const fields = asObjects(block.fields).map(inline)
  const rich = asObjects(block.elements).map(inline)
  const accessory = isObject(block.accessory) ? [elementText(block.accessory)] : []
  const buttons = asObjects(block.actions).map(elementText)
  const children = plainText(asObjects(block.child_blocks))
  return lines([...parts, ...fields, ...rich, ...accessory, ...buttons, children])
}

function lines(parts: string[]): string {
  return parts.filter((p) => p !== '').join('\n')
}

function elementText(element: Json): string {
  if (element.type === 'image') return `(${asString(element.alt_text)})`
  return `[${inline(element.text) || inline(element.placeholder) || asString(element.type)}]`
}

/** The words of a text object, a rich text part, a table cell, or a bare string. */
function inline(value: unknown): string {
  if (typeof value === 'string') return unescapeText(value)
  if (!isObject(value)) return ''
  switch (value.type) {
    case 'user':
      return `@${asString(value.user_id)}`
    case 'usergroup':
      return `@${asString(value.usergroup_id)}`
    case 'channel':
      return `#${asString(value.channel_id)}`
    case 'emoji':
      return `:${asString(value.name)}:`
    case 'date':
      return asString(value.fallback) || asString(value.format)
    case 'link':
      return asString(value.text) || asString(value.url)
    case 'image':
      return `(${asString(value.alt_text)})`
    case 'plain_text':
    case 'text':
    case 'raw_text':
      return asString(value.text)
    case 'raw_number':
      return asString(value.text) || String(value.value)
    case 'rich_text_list':
      return asObjects(value.elements)
        .map((e) => `- ${inline(e)}`)
        .join('\n')
    default:
      return asArray(value.elements).length > 0
        ? asArray(value.elements).map(inline).join('')
        : inline(value.text)
  }
}

function unescapeText(text: string): string {
  return text
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<@(\w+)(\|[^>]*)?>/g, '@$1')
    .replace(/<#(\w+)(\|[^>]*)?>/g, '#$1')
    .replace(/<!subteam\^(\w+)(\|[^>]*)?>/g, '@$1')
    .replace(/<(https?:[^|>]*)\|([^>]*)>/g, '$2 ($1)')
    .replace(/<(https?:[^|>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
