import { z } from 'zod'
import type { NamedScope } from '../../../domain/freeze.ts'
import type { PanicCounts } from '../../../domain/panic.ts'
import { parseJson } from '../../kit/json.ts'

const metadata = z.object({
  scope: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('person'), userId: z.string() }),
    z.object({ kind: z.literal('resource'), resourceId: z.string() }),
    z.object({ kind: z.literal('all') }),
  ]),
  /** As the form showed them. */
  shown: z
    .object({ leases: z.number(), holders: z.number(), resources: z.number(), pending: z.number() })
    .nullable(),
  /** Where the answer goes. */
  responseUrl: z.string(),
})

/** What the form is about, in its private metadata. The use-case judges it anew. */
export interface PanicMetadata {
  readonly scope: NamedScope
  readonly shown: PanicCounts | null
  readonly responseUrl: string
}

export function panicMetadata(about: PanicMetadata): string {
  return JSON.stringify(about)
}

export function parsePanicMetadata(text: string): PanicMetadata | null {
  return metadata.safeParse(parseJson(text)).data ?? null
}
