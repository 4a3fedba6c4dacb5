import { entitlementRole } from './names.ts'
import type { PostgresEntitlement } from './schema.ts'
import type { Target } from './target.ts'

/** The entitlements of a resource in the catalog, by id. */
export type Offers = ReadonlyMap<string, PostgresEntitlement>

/** The names of the roles that hold what the catalog offers now. */
export function offeredRoles({ resourceId, address }: Target, offers: Offers): ReadonlySet<string> {
  const { database } = address
  return new Set(
    [...offers].map(([entitlementId, content]) =>
      entitlementRole({ resourceId, database, entitlementId, content }),
    ),
  )
}
