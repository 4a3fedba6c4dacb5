import { isDeepStrictEqual } from 'node:util'
import { type Entitlement, findEntitlement, type Resource } from '../../domain/catalog.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { AccessRequest } from '../../domain/request.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { circumstancesOf } from './circumstances.ts'
import {
  type AccountKey,
  accountKeyOf,
  deciders,
  entitlementFacts,
  freshAtClick,
  type Identified,
  identifyBoth,
  resourceFacts,
} from './person.ts'

/**
 * Asks the policies whether this person may decide this request now. An approval also needs a requester who may still ask:
 * not one who was deactivated, or whom a new policy forbids the request.
 */
export async function judgeApprover(
  ports: Pick<Ports, 'store' | 'catalog' | 'policy' | 'clock' | 'directory'>,
  by: AccountKey,
  { request, requester }: RequestHistory,
  verdict: 'approve' | 'deny',
): Promise<{ approver: Identified; asker: Identified; policy: PolicyResult }> {
  const { catalog, policy, clock } = ports
  const offer = findEntitlement(catalog, request.asksFor.resourceId, request.asksFor.entitlementId)
  const [asker, approver] = await identifyBoth(
    ports,
    [accountKeyOf(requester), []],
    [by, deciders(catalog, offer?.resource ?? null)],
    freshAtClick,
  )
  const { durationSeconds, ticket } = request
  if (!offer || !isAsShown(request, offer)) return { approver, asker, policy: noLongerOffered }
  const subject = {
    now: clock.now(),
    resource: resourceFacts(offer.resource),
    entitlement: entitlementFacts(offer.entitlement),
    durationSeconds,
    ticket,
    circumstances: await circumstancesOf(ports, asker, offer.resource.id, request.submittedAt),
  }
  const approving = policy.judge({
    ...subject,
    action: 'approve',
    principal: approver.facts,
    requester: asker.facts,
  })
  if (!approving.allowed || verdict === 'deny') return { approver, asker, policy: approving }
  const asking = policy.judge({ ...subject, action: 'request', principal: asker.facts })
  return { approver, asker, policy: asking.allowed ? approving : noLongerAllowed(asking) }
}

/** Whether the catalog still offers the entitlement as the request and the card describe it. */
function isAsShown(
  { terms, durationSeconds }: AccessRequest,
  { resource, entitlement }: { resource: Resource; entitlement: Entitlement },
): boolean {
  return (
    durationSeconds <= entitlement.maxDurationSeconds &&
    terms.risk === entitlement.risk &&
    terms.entitlementName === entitlement.name &&
    terms.resourceName === resource.name &&
    terms.environment === resource.environment &&
    isDeepStrictEqual(terms.content, entitlement.content)
  )
}

function noLongerAllowed(asking: PolicyResult): PolicyResult {
  return {
    ...asking,
    sentence: `The requester may no longer ask for this, so it cannot be approved. ${asking.sentence}`,
  }
}

/** The catalog changed while the request was pending, so nobody may decide it. */
const noLongerOffered: PolicyResult = {
  action: 'approve',
  allowed: false,
  outcome: 'no_rule',
  decidedBy: [],
  errors: [],
  sentence:
    'The catalog no longer offers this as the card shows it, so nobody can decide it. Ask the requester to submit a new request.',
}
