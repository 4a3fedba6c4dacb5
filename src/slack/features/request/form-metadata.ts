import { z } from 'zod'
import { parseJson } from '../../kit/json.ts'

const metadata = z.object({
  resourceId: z.string().nullable(),
  responseUrl: z.string().max(1_000).nullable().default(null),
})

/** The request form carries the resource that it was drawn for, and the response URL for its answer. */
export type FormMetadata = z.output<typeof metadata>

export function formMetadata({ resourceId, responseUrl }: FormMetadata): string {
  return JSON.stringify({ resourceId, responseUrl })
}

/** Nulls when `formMetadata` did not make the text. */
export function parseFormMetadata(privateMetadata: string): FormMetadata {
  return metadata.safeParse(parseJson(privateMetadata)).data ?? { resourceId: null, responseUrl: null }
}
