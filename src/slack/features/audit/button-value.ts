import { z } from 'zod'
import type { AuditQuery } from '../../../usecases/audit/query-audit.ts'
import { parseJson } from '../../kit/json.ts'

const instant = z.number().int().min(0).max(8.64e15).nullable()
const value = z.union([
  z.tuple([z.literal('history'), z.string().regex(/^AR-[1-9]\d{0,8}$/)]),
  z.tuple([
    z.enum(['live', 'any']),
    z.string().max(64).nullable(),
    z.string().max(150).nullable(),
    instant,
    instant,
    z.number().int().min(1).max(1_000_000),
  ]),
])

/**
 * A query as the value of a button. It holds ids and instants only: policy judges each press. At most 2,000 characters:
 * https://docs.slack.dev/reference/block-kit/block-elements/button-element
 */
export function auditValue(query: AuditQuery): string {
  if (query.kind === 'history') return JSON.stringify(['history', query.reference])
  const { scope, userId, resourceId, from, to, page } = query
  return JSON.stringify([scope, userId, resourceId, from?.getTime() ?? null, to?.getTime() ?? null, page])
}

/** Null when `auditValue` did not make the text. */
export function parseAuditValue(text: string): AuditQuery | null {
  const { data } = value.safeParse(parseJson(text))
  if (!data) return null
  if (data[0] === 'history') return { kind: 'history', reference: data[1] }
  const [scope, userId, resourceId, from, to, page] = data
  return { kind: 'list', scope, userId, resourceId, from: dateOf(from), to: dateOf(to), page }
}

function dateOf(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds)
}
