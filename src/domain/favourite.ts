/** An entitlement or action that a person wants to see first. It gives nothing and decides nothing. */
export interface Favourite {
  readonly resourceId: string
  readonly entitlementId: string
}

/** More do not fit above the lists of the Home tab. */
export const mostFavourites = 8

export function isSameFavourite(one: Favourite, other: Favourite): boolean {
  return one.resourceId === other.resourceId && one.entitlementId === other.entitlementId
}
