import type { Catalog, Entitlement, Resource } from '../../domain/catalog.ts'
import { findEntitlement } from '../../domain/catalog.ts'
import { likelyMeant } from '../../domain/likely-meant.ts'
import type { FieldProblem } from './field-problem.ts'
import { firstOffered, type Offers } from './offers.ts'

/** The resource and entitlement that the person named; or the problem, with the nearest name. */
export type FoundOffer =
  | { readonly resource: Resource; readonly entitlement: Entitlement }
  | { readonly problem: FieldProblem }

/** The message contains only names among `offers`, so that a typo does not reveal other entitlements. */
export async function findOffer(
  catalog: Catalog,
  offers: Offers,
  resourceId: string,
  entitlementId: string,
): Promise<FoundOffer> {
  const found = findEntitlement(catalog, resourceId, entitlementId)
  if (found) return found
  const resource = catalog.resources.get(resourceId)
  const entitlements = resource ? await offers.entitlementsOf(resource) : []
  if (!resource || entitlements.length === 0)
    return { problem: await noSuchResource(catalog, offers, resourceId) }
  const names = entitlements.map(({ id }) => id)
  const [nearest] = likelyMeant(entitlementId, names)
  return { problem: noSuchEntitlement(resource, entitlementId, nearest ?? null, names) }
}

async function noSuchResource(catalog: Catalog, offers: Offers, typed: string): Promise<FieldProblem> {
  const field = 'resource'
  if (typed.trim() === '') return { field, message: 'Choose a resource.' }
  const likely = likelyMeant(typed, catalog.resources.keys()).flatMap((id) => catalog.resources.get(id) ?? [])
  const [nearest] = await firstOffered(offers, likely, 1)
  const names = nearest
    ? []
    : (await firstOffered(offers, catalog.resources.values(), mostNamed + 1)).map(({ id }) => id)
  return { field, message: unknownName('resource', typed, nearest?.id ?? null, names) }
}

function noSuchEntitlement(
  { name }: Resource,
  typed: string,
  nearest: string | null,
  names: readonly string[],
): FieldProblem {
  const field = 'entitlement'
  if (typed.trim() === '') return { field, message: 'Choose what you need on it.' }
  return { field, message: unknownName(`entitlement of ${name}`, typed, nearest, names) }
}

/** The number of names in the message when no name is near. */
const mostNamed = 5

function unknownName(what: string, typed: string, nearest: string | null, names: readonly string[]): string {
  const start = `There is no ${what} “${typed.slice(0, 64)}” that you may ask for.`
  if (nearest !== null) return `${start} Did you mean “${nearest}”?`
  if (names.length === 0) return `${start} Ask the owners or your security team what is on offer.`
  const some = names.slice(0, mostNamed).map((name) => `“${name}”`)
  return `${start} On offer: ${some.join(', ')}${names.length > mostNamed ? ' and more' : ''}.`
}
