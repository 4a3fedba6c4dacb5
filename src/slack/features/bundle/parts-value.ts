import { z } from 'zod'
import { mostParts } from '../../../domain/bundle.ts'
import type { BundleVerdict } from '../../../usecases/bundles/decide-bundle.ts'
import { parseJson } from '../../kit/json.ts'

const parts = z
  .array(z.tuple([z.uuid(), z.number().int().min(0).max(99)]))
  .min(1)
  .max(mostParts)

/** The value of Approve all and Deny all: each request with the stage that the card showed. At most 450 characters. */
export function partsValue(shown: BundleVerdict['parts']): string {
  return JSON.stringify(shown.map(({ requestId, stage }) => [requestId, stage ?? 0]))
}

/** Null when `partsValue` did not make the value. */
export function parsePartsValue(value: string): BundleVerdict['parts'] | null {
  const { data } = parts.safeParse(parseJson(value))
  return data?.map(([requestId, stage]) => ({ requestId, stage })) ?? null
}
