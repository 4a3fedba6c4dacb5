import { z } from 'zod'
import { parseJson } from '../../kit/json.ts'

const metadata = z.object({
  resourceId: z.string(),
  entitlementId: z.string(),
  responseUrl: z.string().max(1_000).nullable().default(null),
})

/** The form carries ids and the response URL for its answer. Policy judges the submitted form from the start. */
export type BreakGlassMetadata = z.output<typeof metadata>

export function breakGlassMetadata({ resourceId, entitlementId, responseUrl }: BreakGlassMetadata): string {
  return JSON.stringify({ resourceId, entitlementId, responseUrl })
}

/** Null when `breakGlassMetadata` did not make the text. */
export function parseBreakGlassMetadata(privateMetadata: string): BreakGlassMetadata | null {
  return metadata.safeParse(parseJson(privateMetadata)).data ?? null
}
