import { z } from 'zod'
import { parseJson } from '../../kit/json.ts'

const id = z.string().max(150)
const link = z.tuple([id, id, z.string().max(40)])

/** What the button asks for: ids of the catalog and a duration. `entitlementId` is empty for a bundle, `duration` for the default. */
export interface Link {
  /** As in the list of systems of the form: a resource or a bundle. */
  readonly resourceId: string
  readonly entitlementId: string
  readonly duration: string
}

export function linkValue({ resourceId, entitlementId, duration }: Link): string {
  return JSON.stringify([resourceId, entitlementId, duration])
}

/** Null when `linkValue` did not make the value. */
export function parseLinkValue(value: string): Link | null {
  const { data } = link.safeParse(parseJson(value))
  if (!data) return null
  const [resourceId, entitlementId, duration] = data
  return { resourceId, entitlementId, duration }
}
