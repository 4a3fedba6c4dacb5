import { z } from 'zod'
import type { Favourite } from '../../../domain/favourite.ts'
import { parseJson } from '../../kit/json.ts'

const pair = z.tuple([z.string().min(1).max(150), z.string().min(1).max(150)])

/** The value of a button about a favourite. */
export function favouriteValue({ resourceId, entitlementId }: Favourite): string {
  return JSON.stringify([resourceId, entitlementId])
}

/** Null when `favouriteValue` did not make the value. */
export function parseFavouriteValue(value: string): Favourite | null {
  const { data } = pair.safeParse(parseJson(value))
  return data ? { resourceId: data[0], entitlementId: data[1] } : null
}

/** No id of a resource has a colon, so the list of systems can offer favourites too. */
const prefix = 'favourite:'

/** The value of a favourite in the list of systems: at most 150 characters. */
export function favouriteOptionValue({ resourceId, entitlementId }: Favourite): string {
  return `${prefix}${resourceId}/${entitlementId}`
}

/** Null: the value is another one. */
export function favouriteOfOption(value: string): Favourite | null {
  if (!value.startsWith(prefix)) return null
  const [resourceId = '', entitlementId = ''] = value.slice(prefix.length).split('/')
  return { resourceId, entitlementId }
}
