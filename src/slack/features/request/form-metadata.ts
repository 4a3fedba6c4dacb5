import { z } from 'zod'
import { parseJson } from '../../kit/json.ts'

const metadata = z.object({
  resourceId: z.string().nullable(),
  responseUrl: z.string().max(1_000).nullable().default(null),
  aboutMessage: z.boolean().default(false),
})

/** The request form carries the resource that it was drawn for, the response URL for its answer, and whether its reason is the text of a message. */
export type FormMetadata = z.output<typeof metadata>

export function formMetadata(carried: FormMetadata): string {
  return JSON.stringify(carried)
}

/** Nulls when `formMetadata` did not make the text. */
export function parseFormMetadata(privateMetadata: string): FormMetadata {
  const nothing = { resourceId: null, responseUrl: null, aboutMessage: false }
  return metadata.safeParse(parseJson(privateMetadata)).data ?? nothing
}
