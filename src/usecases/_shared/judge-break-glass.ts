import type { Entitlement, Resource } from '../../domain/catalog.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Reference } from '../../domain/request.ts'
import type { VerifiedFacts } from '../../domain/step-up.ts'
import { circumstancesOf } from './circumstances.ts'
import { entitlementFacts, type Identified, resourceFacts } from './person.ts'
import { asksForProof, judgeWithProof } from './proofs.ts'
import type { Asked } from './read-terms.ts'

/** Asks the policies whether this person may take this in an emergency. `asked`: null while nothing is typed. */
export async function judgeBreakGlass(
  ports: Pick<Ports, 'policy' | 'catalog' | 'clock' | 'store'>,
  person: Identified,
  { resource, entitlement }: { readonly resource: Resource; readonly entitlement: Entitlement },
  asked: Asked | null,
  verified?: VerifiedFacts,
): Promise<{ policy: PolicyResult; needsProof: boolean }> {
  return judgeWithProof(ports, verified, {
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

/** Nothing here looks for an open review. `not_offered`: the catalog has no `breakGlass` for this entitlement. */
export interface AssessedBreakGlass {
  readonly kind: 'admitted' | 'refused' | 'not_offered'
  readonly policy: PolicyResult
  /** The policies permit it only with a proof of who takes it, or the catalog asks for one. */
  readonly needsProof: boolean
}

/** What becomes of a break-glass, without recording anything: for taking it and for explaining it. */
export async function assessBreakGlass(
  ...args: Parameters<typeof judgeBreakGlass>
): Promise<AssessedBreakGlass> {
  const [ports, person, { entitlement }, , verified] = args
  const { policy, needsProof: byPolicy } = await judgeBreakGlass(...args)
  const byCatalog = asksForProof(ports, entitlement, 'break-glass', person)
  const needsProof = !verified && (byPolicy || byCatalog)
  if (!policy.allowed) return { kind: 'refused', policy, needsProof }
  return { kind: entitlement.breakGlass ? 'admitted' : 'not_offered', policy, needsProof }
}

/** The break-glass of this person that waits for its review. Until then there is no other one. Null: none waits. */
export function openReviewOf(
  { store }: Pick<Ports, 'store'>,
  { account }: Pick<Identified, 'account'>,
): Promise<Reference | null> {
  return store.transaction(async (tx) => tx.reviews.openOf((await tx.accounts.upsert(account)).id))
}
