import type { AccessOrder } from '../../domain/connector.ts'

/** No grant is known: everything at the target that belongs to the id is removed. */
export function orderOfNobody(resourceId: string, grantId: string, now: Date): AccessOrder<null> {
  const holder = { displayName: 'unknown', userId: 'unknown' }
  return {
    grantId,
    reference: 'unknown',
    resourceId,
    entitlementId: 'unknown',
    content: null,
    holder,
    until: now,
  }
}
