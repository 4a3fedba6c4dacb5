import { z } from 'zod'
import { parseJson } from '../../kit/json.ts'

const metadata = z.object({
  requestId: z.uuid(),
  responseUrl: z.string().max(1_000).nullable().default(null),
})

/** The form carries the request of the lease and the response URL for its answer. */
export type ExtendMetadata = z.output<typeof metadata>

export function extendMetadata({ requestId, responseUrl }: ExtendMetadata): string {
  return JSON.stringify({ requestId, responseUrl })
}

/** Null when `extendMetadata` did not make the text. */
export function parseExtendMetadata(privateMetadata: string): ExtendMetadata | null {
  return metadata.safeParse(parseJson(privateMetadata)).data ?? null
}
