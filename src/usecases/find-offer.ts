import { closest, distance } from 'fastest-levenshtein'
import type { Catalog, Entitlement, Resource } from '../domain/catalog.ts'
import { findEntitlement } from '../domain/catalog.ts'
import type { FieldProblem } from './field-problem.ts'
import type { Requestable } from './list-requestable.ts'

/** What the person named, or why there is no such thing, with the nearest name offered. */
export type FoundOffer =
  | { readonly resource: Resource; readonly entitlement: Entitlement }
  | { readonly problem: FieldProblem }

/** Only names of `requestable` are offered, so that a typo does not reveal what somebody may not ask for. */
export function findOffer(
  catalog: Catalog,
  requestable: () => readonly Requestable[],
  resourceId: string,
  entitlementId: string,
): FoundOffer {
  const found = findEntitlement(catalog, resourceId, entitlementId)
  if (found) return found
  const offers = requestable()
  const offer = offers.find(({ resource }) => resource.id === resourceId)
  if (!offer) {
    const names = offers.map(({ resource }) => resource.id)
    return { problem: { field: 'resource', message: unknownName('resource', resourceId, names) } }
  }
  const names = offer.entitlements.map(({ id }) => id)
  const message = unknownName(`entitlement of ${offer.resource.name}`, entitlementId, names)
  return { problem: { field: 'entitlement', message } }
}

function unknownName(what: string, typed: string, names: readonly string[]): string {
  if (typed.trim() === '') return what === 'resource' ? 'Choose a resource.' : 'Choose what you need on it.'
  const shown = typed.slice(0, 64)
  const start = `There is no ${what} \`${shown}\` that you may ask for.`
  if (names.length === 0) return `${start} Ask the owners or your security team what is on offer.`
  const nearest = closest(shown, [...names])
  if (distance(shown, nearest) <= Math.max(2, nearest.length / 3))
    return `${start} Did you mean \`${nearest}\`?`
  const some = names.slice(0, 5).map((name) => `\`${name}\``)
  return `${start} On offer: ${some.join(', ')}${names.length > 5 ? `, and ${names.length - 5} more` : ''}.`
}
