import type { Json } from '../json.ts'
import type { Call } from './call.ts'
import { SlackError } from './errors.ts'

/** One page of a list by `limit` and `cursor`, with the cursor of the next. */
export function page<T>(call: Call, all: T[], defaultLimit = 100): { items: T[]; response_metadata: Json } {
  const limit = call.number('limit', defaultLimit)
  if (limit < 1 || limit > 1000) {
    if (call.spec.errors.has('invalid_limit')) throw new SlackError('invalid_limit')
  }
  const start = call.has('cursor') ? readCursor(call.text('cursor')) : 0
  if (start === undefined || start > all.length) throw new SlackError('invalid_cursor')
  const end = start + Math.min(Math.max(limit, 1), 1000)
  const next = end < all.length ? Buffer.from(`next:${end}`).toString('base64') : ''
  return { items: all.slice(start, end), response_metadata: { next_cursor: next } }
}

function readCursor(cursor: string): number | undefined {
  const match = /^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString('utf8'))
  return match ? Number(match[1]) : undefined
}
