import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import type { PersonFacts, PolicyEngine } from '../../domain/policy.ts'
import type { Clock, Ports } from '../../domain/ports.ts'
import { myTurn } from './my-turn.ts'
import { entitlementFacts, resourceFacts } from './person.ts'

/** What may be listed for one person. Each answer is remembered for some seconds: somebody typing asks the same again. */
export interface Offers {
  entitlementsOf(resource: Resource): Promise<Entitlement[]>
  /** Whether there is anything to ask for on it. */
  anyOf(resource: Resource): Promise<boolean>
}

const rememberedForMs = 10_000
const mostRemembered = 50_000

type Answers = LRUCache<string, boolean>
/** By policies: what others said means nothing for these. */
const answersOf = new WeakMap<PolicyEngine, Answers>()

/** For lists only: what is submitted is judged anew. Somebody whose facts changed is somebody else here. */
export function offersTo(ports: Pick<Ports, 'policy' | 'clock'>, principal: PersonFacts): Offers {
  const { policy, clock } = ports
  const answers = rememberedAnswers(policy, clock)
  const person = createHash('sha256').update(JSON.stringify(principal)).digest('base64')

  async function isOffered(resource: Resource, entitlement: Entitlement): Promise<boolean> {
    const key = `${person} ${resource.id}/${entitlement.id}`
    const known = answers.get(key)
    if (known !== undefined) return known
    await myTurn()
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

/** The first `most` of these, in this order, on which there is something to ask for. Judges no more than it must. */
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
