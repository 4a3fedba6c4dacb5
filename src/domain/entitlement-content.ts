declare const opaque: unique symbol

/**
 * The content of an entitlement as JSON: the connector's own part of the catalog. Only the connector whose schema has
 * read it looks inside; everybody else compares and stores it.
 */
export interface EntitlementContent {
  readonly [opaque]: true
}

/** For values that passed a connector's schema, and for stored values. */
export function contentFromJson(json: object): EntitlementContent {
  // Only this function casts to the type, because the type has no members that code could set.
  return json as EntitlementContent
}
