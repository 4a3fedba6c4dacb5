import { type ApprovalPlan, planFor } from '../../domain/approval-plan.ts'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import type { PersonFacts, PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { circumstancesOf } from './circumstances.ts'
import type { FieldProblem } from './field-problem.ts'
import { findOffer } from './find-offer.ts'
import { offersTo } from './offers.ts'
import {
  type AccountKey,
  entitlementFacts,
  freshAtClick,
  type Identified,
  type IdentifyPorts,
  identify,
  resourceFacts,
} from './person.ts'
import { planApprovals } from './plan-approvals.ts'
import { type Asked, readTerms, type TypedTerms } from './read-terms.ts'

/** What somebody asks for, as the person typed it. */
export interface TypedAsk extends TypedTerms {
  readonly asker: AccountKey
  readonly resourceId: string
  readonly entitlementId: string
}

/**
 * `unknown`: no such name is offered. `invalid`: a person who may ask typed terms that do not fit. `refused`: the policies
 * refuse it, or nobody is left who could approve it. `permitted`: it may be submitted; `selfServe` permits it without an approver, or is null.
 */
export type Assessment = { readonly asker: Identified } & (
  | { readonly kind: 'unknown'; readonly problem: FieldProblem }
  | (Offered & { readonly kind: 'invalid'; readonly problems: readonly FieldProblem[] })
  | (Offered & { readonly kind: 'refused'; readonly policy: PolicyResult })
  | (Offered & {
      readonly kind: 'permitted'
      readonly policy: PolicyResult
      readonly selfServe: PolicyResult | null
      readonly asked: Asked
      /** The approvals that it needs where nothing else approves it. */
      readonly plan: ApprovalPlan
    })
)

/** A request that may be submitted. */
export type Permitted = Extract<Assessment, { kind: 'permitted' }>

interface Offered {
  readonly resource: Resource
  readonly entitlement: Entitlement
}

type AssessPorts = IdentifyPorts & Pick<Ports, 'catalog'>

/** What becomes of a request, without recording anything: for submitting it and for explaining it. Throws `DirectoryUnavailable`. */
export async function assessRequest(ports: AssessPorts, ask: TypedAsk): Promise<Assessment> {
  const asker = await identify(ports, ask.asker, [], freshAtClick)
  const offers = offersTo(ports, asker.facts)
  const offer = await findOffer(ports.catalog, offers, ask.resourceId, ask.entitlementId)
  if ('problem' in offer) return { kind: 'unknown', asker, problem: offer.problem }
  const { resource, entitlement } = offer
  const read = readTerms(entitlement, ask)
  if ('problems' in read && isOffered(ports, asker.facts, resource, entitlement))
    return { kind: 'invalid', asker, resource, entitlement, problems: read.problems }
  const asked = 'asked' in read ? read.asked : unreadable(entitlement)

  const circumstances = await circumstancesOf(ports, asker, resource.id)
  const judge = (action: 'request' | 'selfServe') =>
    ports.policy.judge({
      action,
      principal: asker.facts,
      now: ports.clock.now(),
      resource: resourceFacts(resource),
      entitlement: entitlementFacts(entitlement),
      durationSeconds: asked.durationSeconds,
      ticket: asked.ticket,
      circumstances,
    })
  const policy = judge('request')
  if (!policy.allowed) return { kind: 'refused', asker, resource, entitlement, policy }
  if ('problems' in read) return { kind: 'invalid', asker, resource, entitlement, problems: read.problems }
  const selfServe = ports.policy.mayServeItself ? judge('selfServe') : null
  // Beyond the limit by rule the owners decide by this plan.
  const planned = selfServe?.allowed
    ? { plan: planFor(entitlement.approvals, asker.facts.kind) ?? entitlement.approvals }
    : await planApprovals(ports, asker, entitlement)
  if ('refused' in planned) return { kind: 'refused', asker, resource, entitlement, policy: planned.refused }
  return {
    kind: 'permitted',
    asker,
    resource,
    entitlement,
    policy,
    selfServe: selfServe?.allowed ? selfServe : null,
    asked,
    plan: planned.plan,
  }
}

/** Whether this person may request the entitlement with some terms. Only such a person reads the problems with the terms. */
function isOffered(
  { policy, clock }: Pick<Ports, 'policy' | 'clock'>,
  principal: PersonFacts,
  resource: Resource,
  entitlement: Entitlement,
): boolean {
  const subject = { resource: resourceFacts(resource), entitlement: entitlementFacts(entitlement) }
  return policy.mayOffer({ ...subject, principal, now: clock.now() })
}

/** Default terms for the policies when the typed terms have problems. They decide the refusal of a person who may not ask. */
function unreadable(entitlement: Entitlement): Asked {
  return { durationSeconds: entitlement.defaultDurationSeconds, justification: '', ticket: null }
}
