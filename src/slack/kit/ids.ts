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

const metadata = z.object({
  resourceId: z.string().nullable(),
  responseUrl: z.string().max(1_000).nullable().default(null),
})

/** What the request form carries: the resource that it was drawn for, and where its answer goes. */
export type FormMetadata = z.output<typeof metadata>

export function formMetadata({ resourceId, responseUrl }: FormMetadata): string {
  return JSON.stringify({ resourceId, responseUrl })
}

/** Nulls when it is nothing that `formMetadata` makes. */
export function parseFormMetadata(privateMetadata: string): FormMetadata {
  return metadata.safeParse(parseJson(privateMetadata)).data ?? { resourceId: null, responseUrl: null }
}
