import { asArray, asObjects, asString, isObject, type Json } from '../json.ts'

export type Surface = 'message' | 'modal' | 'home'

const FORBIDDEN: Record<Surface, string[]> = {
  message: ['alert', 'file'],
  modal: [
    'card',
    'carousel',
    'container',
    'context_actions',
    'data_table',
    'data_visualization',
    'file',
    'markdown',
    'plan',
    'table',
    'task_card',
  ],
  home: ['alert', 'context_actions', 'data_table', 'file', 'markdown', 'plan', 'table', 'task_card'],
}

const MAX_BLOCKS: Record<Surface, number> = { message: 50, modal: 100, home: 100 }

/** The rules about a whole payload, which a schema of single blocks cannot express (slack-data/block-kit/RULES.md). */
export function payloadProblems(blocks: Json[], surface: Surface): string[] {
  return [
    ...tooMany(blocks, surface),
    ...misplaced(blocks, surface),
    ...repeatedIds(blocks),
    ...tables(blocks),
    ...charts(blocks),
    ...markdown(blocks),
    ...elements(blocks, surface),
  ]
}

function tooMany(blocks: Json[], surface: Surface): string[] {
  const max = MAX_BLOCKS[surface]
  return blocks.length > max ? [`no more than ${max} items allowed [json-pointer:/blocks]`] : []
}

function misplaced(blocks: Json[], surface: Surface): string[] {
  return blocks.flatMap((b, i) =>
    FORBIDDEN[surface].includes(asString(b.type))
      ? [`unsupported type: ${asString(b.type)} in a ${surface} [json-pointer:/blocks/${i}/type]`]
      : [],
  )
}

function repeatedIds(blocks: Json[]): string[] {
  const problems = repeats(blocks.map((b) => b.block_id)).map(
    (id) => `block_id already exists: ${id} [json-pointer:/blocks]`,
  )
  blocks.forEach((block, i) => {
    const ids = nested(block).map((e) => e.action_id)
    for (const id of repeats(ids))
      problems.push(`action_id already exists: ${id} [json-pointer:/blocks/${i}]`)
  })
  return problems
}

function repeats(ids: unknown[]): string[] {
  const named = ids.filter((id): id is string => typeof id === 'string' && id !== '')
  return [...new Set(named.filter((id, i) => named.indexOf(id) !== i))]
}

function tables(blocks: Json[]): string[] {
  const found = blocks.filter((b) => b.type === 'table' || b.type === 'data_table')
  const problems = found.length > 1 ? ['only_one_table_allowed [json-pointer:/blocks]'] : []
  let characters = 0
  for (const table of found.filter((b) => b.type === 'data_table')) {
    const rows = asArray(table.rows).map((row) => asObjects(row))
    const width = rows[0]?.length ?? 0
    const pointer = `/blocks/${blocks.indexOf(table)}`
    if (rows.some((row) => row.length !== width))
      problems.push(`rows must be of equal length [json-pointer:${pointer}/rows]`)
    if (rows[0]?.some((cell) => cell.type === 'rich_text')) {
      problems.push(`header cells cannot be rich_text [json-pointer:${pointer}/rows/0]`)
    }
    // Optional in the schema, required in the official types.
    if (rows.flat().some((cell) => cell.type === 'raw_number' && !cell.text)) {
      problems.push(`missing required field: text of a raw_number [json-pointer:${pointer}/rows]`)
    }
    const index = table.row_header_column_index
    if (typeof index === 'number' && index >= width) {
      problems.push(`must name a column [json-pointer:${pointer}/row_header_column_index]`)
    }
    characters += rows.flat().reduce((sum, cell) => sum + textLength(cell), 0)
  }
  if (characters > 10_000)
    problems.push('no more than 10000 characters in a data_table [json-pointer:/blocks]')
  return problems
}

/** The number of characters in a cell, which may hold rich text. */
function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, v) => sum + textLength(v), 0)
  if (!isObject(value)) return 0
  const own =
    typeof value.text === 'string'
      ? value.text.length
      : typeof value.value === 'number'
        ? String(value.value).length
        : 0
  return own + textLength(value.elements)
}

function charts(blocks: Json[]): string[] {
  const problems: string[] = []
  if (blocks.filter((b) => b.type === 'data_visualization').length > 2) {
    problems.push('no more than 2 data_visualization blocks [json-pointer:/blocks]')
  }
  if (blocks.filter((b) => b.type === 'plan').length > 1)
    problems.push('only one plan block allowed [json-pointer:/blocks]')
  return problems
}

function markdown(blocks: Json[]): string[] {
  const total = blocks
    .filter((b) => b.type === 'markdown')
    .reduce((sum, b) => sum + asString(b.text).length, 0)
  return total > 12_000 ? ['no more than 12000 characters of markdown [json-pointer:/blocks]'] : []
}

function elements(blocks: Json[], surface: Surface): string[] {
  const problems: string[] = []
  const all = blocks.flatMap((block) => nested(block).map((element) => ({ block, element })))
  if (all.filter(({ element }) => element.focus_on_load === true).length > 1) {
    problems.push('only one element can have focus_on_load [json-pointer:/blocks]')
  }
  for (const { block, element } of all) {
    const pointer = `[json-pointer:/blocks/${blocks.indexOf(block)}]`
    if (element.type === 'file_input' && surface !== 'modal')
      problems.push(`file_input only in modals ${pointer}`)
    if (element.type === 'number_input' && Number(element.min_value) > Number(element.max_value)) {
      problems.push(`min_value must not exceed max_value ${pointer}`)
    }
    const answering = ['conversations_select', 'channels_select'].includes(asString(element.type))
    if (
      element.response_url_enabled === true &&
      !(surface === 'modal' && block.type === 'input' && answering)
    ) {
      problems.push(`response_url_enabled not allowed here ${pointer}`)
    }
  }
  return problems
}

function nested(block: Json): Json[] {
  const inner = [block.element, block.accessory, ...asArray(block.type === 'rich_text' ? [] : block.elements)]
  return inner.filter(isObject)
}
