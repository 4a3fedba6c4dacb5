import type { Entitlement, Resource } from '../../domain/catalog.ts'
import type { PersonFacts, PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { entitlementFacts, resourceFacts } from './person.ts'
import type { Asked } from './read-terms.ts'

/** Asks the policies whether this person may take this in an emergency. `asked`: null while nothing is typed. */
export function judgeBreakGlass(
  { policy, clock }: Pick<Ports, 'policy' | 'clock'>,
  principal: PersonFacts,
  { resource, entitlement }: { readonly resource: Resource; readonly entitlement: Entitlement },
  asked: Asked | null,
): PolicyResult {
  return policy.judge({
    action: 'breakGlass',
    principal,
    now: clock.now(),
    resource: resourceFacts(resource),
    entitlement: entitlementFacts(entitlement),
    durationSeconds: asked?.durationSeconds ?? entitlement.breakGlass?.maxDurationSeconds ?? 1,
    ticket: asked?.ticket ?? null,
  })
}
