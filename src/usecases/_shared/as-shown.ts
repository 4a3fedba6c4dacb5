import { isDeepStrictEqual } from 'node:util'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import type { AccessRequest } from '../../domain/request.ts'

/** Whether the catalog still offers the entitlement, for this duration, as the request and the card describe it. */
export function isAsShown(
  { terms }: Pick<AccessRequest, 'terms'>,
  { resource, entitlement }: { resource: Resource; entitlement: Entitlement },
  durationSeconds: number,
): boolean {
  return (
    durationSeconds <= entitlement.maxDurationSeconds &&
    terms.risk === entitlement.risk &&
    terms.entitlementName === entitlement.name &&
    terms.resourceName === resource.name &&
    terms.environment === resource.environment &&
    isDeepStrictEqual(terms.content, entitlement.content)
  )
}
