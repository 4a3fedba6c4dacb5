import { z } from 'zod'
import { formatDuration } from '../../../domain/duration.ts'
import type { AccessRequest } from '../../../domain/request.ts'
import { parseJson } from '../../kit/json.ts'

const again = z.tuple([z.string().max(150), z.string().max(150), z.string().max(40)])

/** The value of Request again. It holds ids only: policy judges the new request from the start. */
export function againValue({ asksFor, durationSeconds }: AccessRequest): string {
  return JSON.stringify([asksFor.resourceId, asksFor.entitlementId, formatDuration(durationSeconds)])
}

/** Null when `againValue` did not make the value. */
export function parseAgainValue(
  value: string,
): { resourceId: string; entitlementId: string; duration: string } | null {
  const { data } = again.safeParse(parseJson(value))
  return data ? { resourceId: data[0], entitlementId: data[1], duration: data[2] } : null
}
