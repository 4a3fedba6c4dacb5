import { z } from 'zod'

/** Some servers write ids as numbers. */
const id = z.union([z.string(), z.number()]).transform(String)

/** A user or a group, with the attributes that are read here and all others (RFC 7643). */
export const resourceSchema = z.looseObject({
  id,
  userName: z.string().optional(),
  externalId: z.string().nullish(),
  active: z.boolean().nullish(),
  emails: z.array(z.looseObject({ value: z.string().optional(), primary: z.boolean().nullish() })).nullish(),
  displayName: z.string().nullish(),
  members: z.array(z.looseObject({ value: id })).nullish(),
  meta: z.looseObject({ version: z.string().nullish() }).nullish(),
})
export type Resource = z.output<typeof resourceSchema>

/** A page of a list (RFC 7644, 3.4.2). Without a hit some servers leave `Resources` out. */
export const listSchema = z.object({
  totalResults: z.number(),
  Resources: z.array(resourceSchema).default([]),
})

/** What a server says of itself (RFC 7643, 5). */
export const providerSchema = z.object({
  patch: z.object({ supported: z.boolean() }).optional(),
  filter: z.object({ supported: z.boolean() }).optional(),
  etag: z.object({ supported: z.boolean() }).optional(),
})

/** One operation of a PATCH (RFC 7644, 3.5.2). */
export interface PatchOperation {
  readonly op: 'add' | 'remove'
  readonly path: string
  readonly value?: readonly { readonly value: string }[]
}

/** Text in a filter: it is written as in JSON (RFC 7644, 3.4.2.2). */
export function quoted(text: string): string {
  return JSON.stringify(text)
}

export function memberIds({ members }: Resource): string[] {
  return [...new Set((members ?? []).map(({ value }) => value))]
}
