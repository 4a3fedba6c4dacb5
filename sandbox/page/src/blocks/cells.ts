import { asArray, asObject, asString, type Json } from '../../../json.ts'

/** The sort key of a cell: a number, or its text. */
function sortKey(cell: unknown): number | string {
  const object = asObject(cell)
  if (object.type === 'raw_number') return Number(object.value)
  const words = cellWords(cell)
  const number = Number(words.replace(/[,%\s]/g, ''))
  return words !== '' && Number.isFinite(number) ? number : words.toLowerCase()
}

export function cellWords(cell: unknown): string {
  if (typeof cell === 'string') return cell
  const object = asObject(cell)
  const own = asString(object.text) || (object.value === undefined ? '' : String(object.value))
  if (own) return own
  const inner = asArray(object.elements).map(cellWords).join('')
  return inner || asString(object.fallback) || asString(object.user_id) || asString(object.url)
}

function compareKeys(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a).localeCompare(String(b), 'en', { numeric: true })
}

export function sortRows(rows: readonly Json[][], column: number, descending: boolean): Json[][] {
  const sorted = [...rows].sort((a, b) => compareKeys(sortKey(a[column]), sortKey(b[column])))
  return descending ? sorted.reverse() : sorted
}
