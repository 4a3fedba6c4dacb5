import type { Entitlement, Resource } from '../domain/catalog.ts'
import type { PersonFacts, PolicyResult } from '../domain/policy.ts'
import type { Ports } from '../domain/ports.ts'
import { type AccountKey, entitlementFacts, freshEnoughToShow, identify, resourceFacts } from './person.ts'

/** A resource with those of its entitlements that somebody may ask for. */
export interface Requestable {
  readonly resource: Resource
  readonly entitlements: readonly Entitlement[]
}

/** All that policy lets this person request, in the catalog's order. */
export async function listRequestable(
  ports: Pick<Ports, 'catalog' | 'policy' | 'clock' | 'directory'>,
  { asker }: { asker: AccountKey },
): Promise<Requestable[]> {
  const { facts } = await identify(ports, asker, [], freshEnoughToShow)
  return requestableBy(ports, facts)
}

/** The same for somebody already identified. */
export function requestableBy(
  ports: Pick<Ports, 'catalog' | 'policy' | 'clock'>,
  principal: PersonFacts,
): Requestable[] {
  return [...ports.catalog.resources.values()]
    .map((resource) => ({
      resource,
      entitlements: [...resource.entitlements.values()].filter(
        (entitlement) => judgeAsking(ports, principal, resource, entitlement).allowed,
      ),
    }))
    .filter(({ entitlements }) => entitlements.length > 0)
}

/** May this person ask for this at all? Judged for the default duration, without a ticket. */
function judgeAsking(
  { policy, clock }: Pick<Ports, 'policy' | 'clock'>,
  principal: PersonFacts,
  resource: Resource,
  entitlement: Entitlement,
): PolicyResult {
  return policy.judge({
    action: 'request',
    principal,
    now: clock.now(),
    resource: resourceFacts(resource),
    entitlement: entitlementFacts(entitlement),
    durationSeconds: entitlement.defaultDurationSeconds,
    ticket: null,
  })
}
