import { z } from 'zod'
import { parseJson } from './json.ts'

const requestId = z.uuid()

/** The id that a button or a form of ours carries; null when it carries something else. */
export function parseRequestId(value: string): string | null {
  return requestId.safeParse(value).data ?? null
}

const again = z.tuple([z.string().max(150), z.string().max(150), z.string().max(40)])

/** What "Request again" carries: resource, entitlement and duration. */
export function parseAgainValue(
  value: string,
): { resourceId: string; entitlementId: string; duration: string } | null {
  const { data } = again.safeParse(parseJson(value))
  return data ? { resourceId: data[0], entitlementId: data[1], duration: data[2] } : null
}

const metadata = z.object({ resourceId: z.string().nullable() })

/** The resource that the request form was drawn for. */
export function parseFormMetadata(privateMetadata: string): string | null {
  return metadata.safeParse(parseJson(privateMetadata)).data?.resourceId ?? null
}
