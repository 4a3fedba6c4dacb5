import { z } from 'zod'
import { formatDuration } from '../../../domain/duration.ts'
import type { AccessRequest } from '../../../domain/request.ts'
import { parseJson } from '../../kit/json.ts'

const id = z.string().max(150)
const again = z.union([
  z.tuple([id, id, z.string().max(40)]),
  z.tuple([id, id, z.string().max(40), z.uuid()]),
])

/** What to ask again. `requestId`: the request that was not approved, whose text the form shows again. */
export interface Again {
  readonly resourceId: string
  readonly entitlementId: string
  readonly duration: string
  readonly requestId: string | null
}

/** The value of Request again and Ask again. It holds ids only: policy judges the new request from the start. */
export function againValue(
  { id, status, asksFor, durationSeconds }: AccessRequest,
  withText = status !== 'approved',
): string {
  const what = [asksFor.resourceId, asksFor.entitlementId, formatDuration(durationSeconds)]
  return JSON.stringify(withText ? [...what, id] : what)
}

/** Null when `againValue` did not make the value. */
export function parseAgainValue(value: string): Again | null {
  const { data } = again.safeParse(parseJson(value))
  if (!data) return null
  const [resourceId, entitlementId, duration, requestId = null] = data
  return { resourceId, entitlementId, duration, requestId }
}
