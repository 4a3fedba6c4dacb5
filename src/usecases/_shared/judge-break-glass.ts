import type { Entitlement, Resource } from '../../domain/catalog.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { circumstancesOf } from './circumstances.ts'
import { entitlementFacts, type Identified, resourceFacts } from './person.ts'
import type { Asked } from './read-terms.ts'

/** Asks the policies whether this person may take this in an emergency. `asked`: null while nothing is typed. */
export async function judgeBreakGlass(
  ports: Pick<Ports, 'policy' | 'clock' | 'store'>,
  person: Identified,
  { resource, entitlement }: { readonly resource: Resource; readonly entitlement: Entitlement },
  asked: Asked | null,
): Promise<PolicyResult> {
  return ports.policy.judge({
    action: 'breakGlass',
    principal: person.facts,
    now: ports.clock.now(),
    resource: resourceFacts(resource),
    entitlement: entitlementFacts(entitlement),
    durationSeconds: asked?.durationSeconds ?? entitlement.breakGlass?.maxDurationSeconds ?? 1,
    ticket: asked?.ticket ?? null,
    circumstances: await circumstancesOf(ports, person, resource.id),
  })
}
