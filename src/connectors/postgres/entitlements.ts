import { isDeepStrictEqual } from 'node:util'
import type { EntitlementAccess } from '../../domain/catalog.ts'
import { type Access, ConnectorError } from '../../domain/connector.ts'
import { entitlementSchema, type PostgresEntitlement } from './schema.ts'

/** What the catalog offers on this resource, by entitlement id. */
export interface Entitlements {
  readonly all: ReadonlyMap<string, PostgresEntitlement>
  /**
   * What was approved, if the catalog still says so. One role serves every lease of an entitlement, so it follows the
   * catalog; what differs from it was not approved by anybody. Throws `not_in_catalog` or `conflict`.
   */
  approved(access: Access): PostgresEntitlement
}

export function readEntitlements(
  resourceId: string,
  catalog: ReadonlyMap<string, { readonly access: EntitlementAccess }>,
): Entitlements {
  const all = new Map([...catalog].map(([id, { access }]) => [id, parse(resourceId, id, access)]))
  return {
    all,
    approved: (access) => {
      const { entitlementId } = access
      const current = all.get(entitlementId)
      if (!current) {
        throw new ConnectorError('not_in_catalog', `${resourceId} no longer offers ${entitlementId}`, {
          retryable: false,
        })
      }
      if (!isDeepStrictEqual(current, parse(resourceId, entitlementId, access.entitlement))) {
        throw new ConnectorError(
          'conflict',
          `what ${entitlementId} gives has changed in the catalog since this was approved: ask for it again`,
          { retryable: false },
        )
      }
      return current
    },
  }
}

/** Prepared roles that an access was given, as far as they can still be read. */
export function rolesOf(entitlement: EntitlementAccess): readonly string[] {
  return entitlementSchema.safeParse(entitlement).data?.roles ?? []
}

function parse(resourceId: string, entitlementId: string, access: EntitlementAccess): PostgresEntitlement {
  const read = entitlementSchema.safeParse(access)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new ConnectorError(
    'misconfigured',
    `entitlement ${entitlementId} of ${resourceId}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'not understood'}`,
    { retryable: false },
  )
}
