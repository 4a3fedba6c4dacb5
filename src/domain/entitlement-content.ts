declare const opaque: unique symbol

/**
 * What an entitlement gives at its target, as JSON: the catalog's part that is the connector's own. Only the connector
 * whose schema has read it looks inside; everybody else compares and stores it.
 */
export interface EntitlementContent {
  readonly [opaque]: true
}

/** For whoever read it by a connector's schema, or reads back what was stored. */
export function contentFromJson(json: object): EntitlementContent {
  // The one place where the type is given: it has no members that could be built.
  return json as EntitlementContent
}
