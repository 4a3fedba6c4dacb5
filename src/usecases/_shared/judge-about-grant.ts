import { findEntitlement } from '../../domain/catalog.ts'
import { DirectoryUnavailable } from '../../domain/directory.ts'
import { holdsAt } from '../../domain/engagement.ts'
import type { EntitlementFacts, PersonFacts, PolicyResult, ResourceFacts } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import {
  type AccountKey,
  accountKeyOf,
  deciders,
  engagementFacts,
  entitlementFacts,
  freshAtClick,
  type Identified,
  identify,
  resourceFacts,
} from './person.ts'

type JudgePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/**
 * Asks the policies whether this person may take back or review what the requester was given. Throws `DirectoryUnavailable`
 * when Slack cannot say who the person is.
 */
export async function judgeAboutGrant(
  ports: JudgePorts,
  by: AccountKey,
  history: RequestHistory,
  action: 'revoke' | 'review',
): Promise<{ person: Identified; policy: PolicyResult }> {
  const { catalog, policy, clock } = ports
  const { request } = history
  const offer = findEntitlement(catalog, request.asksFor.resourceId, request.asksFor.entitlementId)
  const listed = catalog.resources.get(request.asksFor.resourceId) ?? null
  const [person, holder] = await Promise.all([
    identify(ports, by, deciders(catalog, listed), freshAtClick),
    identifyHolder(ports, history),
  ])
  // A resource that left the catalog has no owners. Security may still revoke its grants.
  const resource: ResourceFacts = listed
    ? resourceFacts(listed)
    : { id: request.asksFor.resourceId, environment: request.terms.environment, approvers: [] }
  const entitlement: EntitlementFacts = offer
    ? entitlementFacts(offer.entitlement)
    : { id: request.asksFor.entitlementId, risk: request.terms.risk }
  const now = clock.now()
  const question = {
    action,
    principal: person.facts,
    holder,
    resource,
    entitlement,
    now,
  } as const
  return { person, policy: policy.judge(question) }
}

/** The holder's facts from Slack now. If Slack does not answer, the stored facts, because the revocation must stay possible. */
async function identifyHolder(
  ports: JudgePorts,
  { requester, engagement }: RequestHistory,
): Promise<PersonFacts> {
  try {
    return (await identify(ports, accountKeyOf(requester), [], freshAtClick)).facts
  } catch (error) {
    if (!(error instanceof DirectoryUnavailable)) throw error
    const { teamId, userId, kind, personId: person, isGuest, isDeactivated } = requester
    const holding = engagement && holdsAt(engagement, ports.clock.now()) ? engagement : null
    return {
      teamId,
      userId,
      kind,
      person,
      isGuest,
      isDeactivated,
      isBot: false,
      isStranger: false,
      engagement: holding && engagementFacts(holding, holding.sponsor.isActive),
      groups: [],
    }
  }
}
