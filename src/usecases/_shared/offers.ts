import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import type { PersonFacts, PolicyEngine } from '../../domain/policy.ts'
import type { Clock, Ports } from '../../domain/ports.ts'
import { evaluationSlot } from './evaluation-slot.ts'
import { entitlementFacts, resourceFacts } from './person.ts'

/** The entitlements to list for one person. Each answer is cached for some seconds, because typing repeats the same question. */
export interface Offers {
  entitlementsOf(resource: Resource): Promise<Entitlement[]>
  /** Whether the resource has an entitlement to list. */
  anyOf(resource: Resource): Promise<boolean>
}

const rememberedForMs = 10_000
const mostRemembered = 50_000

type Answers = LRUCache<string, boolean>
/** One cache for each policy engine, because another engine may have other answers. */
const answersOf = new WeakMap<PolicyEngine, Answers>()

/** For lists only: `judge` decides a submitted request. The cache key contains the person's facts. */
export function offersTo(ports: Pick<Ports, 'policy' | 'clock'>, principal: PersonFacts): Offers {
  const { policy, clock } = ports
  const answers = rememberedAnswers(policy, clock)
  const person = createHash('sha256').update(JSON.stringify(principal)).digest('base64')

  async function isOffered(resource: Resource, entitlement: Entitlement): Promise<boolean> {
    const key = `${person} ${resource.id}/${entitlement.id}`
    const known = answers.get(key)
    if (known !== undefined) return known
    await evaluationSlot()
    const offered = policy.mayOffer({
      principal,
      now: clock.now(),
      resource: resourceFacts(resource),
      entitlement: entitlementFacts(entitlement),
    })
    answers.set(key, offered)
    return offered
  }

  return {
    async entitlementsOf(resource) {
      const offered: Entitlement[] = []
      for (const entitlement of resource.entitlements.values()) {
        if (await isOffered(resource, entitlement)) offered.push(entitlement)
      }
      return offered
    },
    async anyOf(resource) {
      for (const entitlement of resource.entitlements.values()) {
        if (await isOffered(resource, entitlement)) return true
      }
      return false
    },
  }
}

/** The first `most` resources, in this order, that have an entitlement to list. It stops when it has found them. */
export async function firstOffered(
  offers: Offers,
  resources: Iterable<Resource>,
  most: number,
): Promise<Resource[]> {
  const found: Resource[] = []
  for (const resource of resources) {
    if (found.length >= most) break
    if (await offers.anyOf(resource)) found.push(resource)
  }
  return found
}

function rememberedAnswers(policy: PolicyEngine, clock: Clock): Answers {
  const known = answersOf.get(policy)
  if (known) return known
  const perf = { now: () => clock.now().getTime() }
  const answers: Answers = new LRUCache({ max: mostRemembered, ttl: rememberedForMs, ttlResolution: 0, perf })
  answersOf.set(policy, answers)
  return answers
}
