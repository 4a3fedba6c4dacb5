import type { EntitlementAccess } from '../../domain/catalog.ts'
import { ConnectorError } from '../../domain/connector.ts'
import { entitlementRole } from './names.ts'
import { entitlementSchema, type PostgresEntitlement } from './schema.ts'
import type { Target } from './target.ts'

/** What the catalog offers on a resource, by entitlement id. */
export type Offers = ReadonlyMap<string, PostgresEntitlement>

export function readOffers(
  resourceId: string,
  catalog: ReadonlyMap<string, { readonly access: EntitlementAccess }>,
): Offers {
  return new Map([...catalog].map(([id, { access }]) => [id, readContent(resourceId, id, access)]))
}

/** The names of the roles that hold what the catalog offers now. */
export function offeredRoles({ resourceId, address }: Target, offers: Offers): ReadonlySet<string> {
  const { database } = address
  return new Set(
    [...offers].map(([entitlementId, content]) =>
      entitlementRole({ resourceId, database, entitlementId, content }),
    ),
  )
}

/** Prepared roles that an access was given, as far as they can still be read. */
export function rolesOf(entitlement: EntitlementAccess): readonly string[] {
  return entitlementSchema.safeParse(entitlement).data?.roles ?? []
}

/** The connector's own part of an entitlement. Throws `misconfigured`. */
export function readContent(
  resourceId: string,
  entitlementId: string,
  access: EntitlementAccess,
): PostgresEntitlement {
  const read = entitlementSchema.safeParse(access)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new ConnectorError(
    'misconfigured',
    `entitlement ${entitlementId} of ${resourceId}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'not understood'}`,
    { retryable: false },
  )
}
