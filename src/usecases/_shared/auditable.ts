import type { Resource } from '../../domain/catalog.ts'
import {
  everyResource,
  type PersonFacts,
  type PolicyResult,
  type ResourceFacts,
} from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { evaluationSlot } from './evaluation-slot.ts'
import { resourceFacts } from './person.ts'

/** The resources that a person may audit. */
export interface Auditable {
  readonly resourceIds: ReadonlySet<string>
  /** Those among the asked that this person may not see. */
  readonly hiddenIds: ReadonlySet<string>
  /** The result that permits resources that left the catalog. Null: this person may not see them. */
  readonly uncatalogued: PolicyResult | null
  /** The first result that permits something; where nothing is permitted, the refusal. */
  readonly policy: PolicyResult
}

/** Asks the policies about each of these resources, because a policy may forbid a single one. */
export async function auditable(
  { policy, clock }: Pick<Ports, 'policy' | 'clock'>,
  principal: PersonFacts,
  resources: Iterable<Resource>,
): Promise<Auditable> {
  const judge = (resource: ResourceFacts) =>
    policy.judge({ action: 'audit', principal, resource, now: clock.now() })
  const rest = judge(everyResource)
  const resourceIds = new Set<string>()
  const hiddenIds = new Set<string>()
  let deciding = rest.allowed ? rest : null
  for (const resource of resources) {
    await evaluationSlot()
    const result = judge(resourceFacts(resource))
    if (result.allowed) deciding ??= result
    const ids = result.allowed ? resourceIds : hiddenIds
    ids.add(resource.id)
  }
  return { resourceIds, hiddenIds, uncatalogued: rest.allowed ? rest : null, policy: deciding ?? rest }
}
