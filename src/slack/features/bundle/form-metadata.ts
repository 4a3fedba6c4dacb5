import { z } from 'zod'
import { mostParts } from '../../../domain/bundle.ts'
import { parseJson } from '../../kit/json.ts'

const metadata = z.object({
  /** The value of the bundle in the list of systems, as in the form for one entitlement. */
  resourceId: z.string().max(150),
  responseUrl: z.string().max(1_000).nullable(),
  /** The parts that the form shows as left out. At most 3,000 characters: https://docs.slack.dev/reference/views/modal-views */
  leftOut: z.array(z.string().max(130)).max(mostParts),
})

/** The form carries what the person was told, so that nothing else is sent. */
export type BundleMetadata = z.output<typeof metadata>

export function bundleMetadata(carried: BundleMetadata): string {
  return JSON.stringify(carried)
}

/** Null when `bundleMetadata` did not make the text. */
export function parseBundleMetadata(privateMetadata: string): BundleMetadata | null {
  return metadata.safeParse(parseJson(privateMetadata)).data ?? null
}
