import { z } from 'zod'
import type { AuditPlace } from '../../../domain/request-history.ts'
import type { AuditQuery } from '../../../usecases/audit/query-audit.ts'
import { parseJson } from '../../kit/json.ts'
import { mostPages } from './audit-line.ts'

/** Up to the year 9999, the last that Postgres reads in this form. */
const milliseconds = z.number().int().min(0).max(253_402_300_799_999)
const instant = milliseconds.nullable()
const place = z.union([
  z.number().int().min(1).max(mostPages),
  z.tuple([
    z.enum(['older', 'newer']),
    milliseconds,
    z
      .number()
      .int()
      .min(1)
      .max(2 ** 31),
  ]),
])
type PlaceValue = z.infer<typeof place>
const value = z.union([
  z.tuple([z.literal('history'), z.string().regex(/^AR-[1-9]\d{0,8}$/)]),
  z.tuple([
    z.enum(['live', 'scheduled', 'failed', 'pending', 'any']),
    z.string().max(64).nullable(),
    z.string().max(150).nullable(),
    instant,
    instant,
    place,
  ]),
])

/**
 * A query as the value of a button, with the key of the place in its answer. It holds ids and instants only: policy judges
 * each press, so that an invented value shows no more than its person may see. At most 2,000 characters:
 * https://docs.slack.dev/reference/block-kit/block-elements/button-element
 */
export function auditValue(query: AuditQuery): string {
  if (query.kind === 'history') return JSON.stringify(['history', query.reference])
  const { scope, userId, resourceId, from, to, place } = query
  const range = [from?.getTime() ?? null, to?.getTime() ?? null]
  return JSON.stringify([scope, userId, resourceId, ...range, placeValue(place)])
}

function placeValue(place: AuditPlace): PlaceValue {
  if (place.kind === 'page') return place.page
  return [place.kind, place.than.submittedAt.getTime(), place.than.number]
}

/** Null when `auditValue` did not make the text. */
export function parseAuditValue(text: string): AuditQuery | null {
  const { data } = value.safeParse(parseJson(text))
  if (!data) return null
  if (data[0] === 'history') return { kind: 'history', reference: data[1] }
  const [scope, userId, resourceId, from, to, place] = data
  return {
    kind: 'list',
    scope,
    userId,
    resourceId,
    from: dateOf(from),
    to: dateOf(to),
    place: placeOf(place),
  }
}

function placeOf(value: PlaceValue): AuditPlace {
  if (typeof value === 'number') return { kind: 'page', page: value }
  const [kind, submittedAt, number] = value
  return { kind, than: { submittedAt: new Date(submittedAt), number } }
}

function dateOf(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds)
}
