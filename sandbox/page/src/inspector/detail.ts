import { parseJson } from '../../../json.ts'
import type { TrafficEntry } from '../../../types.ts'
import { mask } from './mask.ts'

/** The parts of an entry in the order shown: bodies parsed where possible, secrets masked. */
export function detailOf({ request, response }: TrafficEntry): [string, unknown][] {
  const body = request.payload === undefined ? readBody(request.body) : readInside(request.payload)
  const answer = response ? readBody(response.body) : undefined
  return [
    ['Request', mask(body)],
    ...(answer === undefined ? [] : [['Response', mask(answer)] as [string, unknown]]),
    ['Headers', mask(request.headers)],
  ]
}

/** Parses JSON or a form, and JSON within it. Answers the text where it is neither. */
function readBody(body: string): unknown {
  if (body === '') return '(empty)'
  const parsed = parseJson(body)
  if (parsed !== undefined) return readInside(parsed)
  if (!/^[\w.-]+=/.test(body)) return body
  return Object.fromEntries([...new URLSearchParams(body)].map(([key, value]) => [key, readInside(value)]))
}

function readInside(value: unknown): unknown {
  if (typeof value === 'string') {
    const parsed = /^[[{]/.test(value) ? parseJson(value) : undefined
    return parsed === undefined ? value : readInside(parsed)
  }
  if (Array.isArray(value)) return value.map(readInside)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readInside(inner)]))
}
