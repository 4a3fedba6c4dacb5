import { type ApprovalPlan, planFor } from '../../domain/approval-plan.ts'
import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import { type ExtendedLease, judgedSeconds } from '../../domain/lease-extension.ts'
import type { PersonFacts, PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { VerifiedFacts } from '../../domain/step-up.ts'
import { checkTicket } from './check-ticket.ts'
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
import { asksForProof, judgeWithProof } from './proofs.ts'
import { readMoreTime } from './read-more-time.ts'
import { readOffer, type TypedOffer } from './read-offer.ts'
import { type ReadStart, readStart } from './read-start.ts'
import type { Asked, ReadTerms } from './read-terms.ts'

/** What somebody asks for, as the person typed it. */
export interface TypedAsk extends TypedOffer {
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
  | (Offered & {
      readonly kind: 'invalid'
      readonly problems: readonly FieldProblem[]
      /** For the record, where a rule refuses what was typed. */
      readonly refusal?: AuditEvent['details']
    })
  | (Offered & { readonly kind: 'refused'; readonly policy: PolicyResult })
  | (Offered & {
      readonly kind: 'permitted'
      readonly policy: PolicyResult
      readonly selfServe: PolicyResult | null
      readonly asked: Asked
      /** The approvals that it needs where nothing else approves it. */
      readonly plan: ApprovalPlan
      /** The policies permit it only with a proof of who is asking, or the catalog asks for one. */
      readonly needsProof: boolean
    })
)

/** A request that may be submitted. */
export type Permitted = Extract<Assessment, { kind: 'permitted' }>

interface Offered {
  readonly resource: Resource
  readonly entitlement: Entitlement
}

type AssessPorts = IdentifyPorts & Pick<Ports, 'catalog'>

/**
 * What becomes of a request, without recording anything: for submitting it and for explaining it. `extended`: it asks for more time
 * for this lease, and is judged by the whole of it. Throws `DirectoryUnavailable`.
 */
export async function assessRequest(
  ports: AssessPorts,
  ask: TypedAsk,
  extended: ExtendedLease | null = null,
  verified?: VerifiedFacts,
): Promise<Assessment> {
  const asker = await identify(ports, ask.asker, [], freshAtClick)
  const offers = offersTo(ports, asker.facts)
  const offer = await findOffer(ports.catalog, offers, ask.resourceId, ask.entitlementId)
  if ('problem' in offer) return { kind: 'unknown', asker, problem: offer.problem }
  const { resource, entitlement } = offer
  const terms = extended
    ? readMoreTime(entitlement, ask, extended, asker)
    : readOffer(resource, entitlement, ask)
  const read = withStart(
    terms,
    extended || entitlement.action ? { startsAt: null } : readStart(ports, ask.start ?? null, asker),
  )
  if ('problems' in read && isOffered(ports, asker.facts, resource, entitlement))
    return { kind: 'invalid', asker, resource, entitlement, problems: read.problems }
  const asked = 'asked' in read ? read.asked : unreadable(entitlement)

  const { startsAt } = asked
  const extending = extended !== null
  const circumstances = await circumstancesOf(ports, asker, resource.id, { extending, startsAt })
  const judge = (action: 'request' | 'selfServe') =>
    judgeWithProof(ports, verified, {
      action,
      principal: asker.facts,
      now: ports.clock.now(),
      resource: resourceFacts(resource),
      entitlement: entitlementFacts(entitlement),
      durationSeconds: judgedSeconds(extended, asked.durationSeconds),
      ticket: asked.ticket,
      circumstances,
    })
  const { policy, needsProof: byPolicy } = judge('request')
  if (!policy.allowed) return { kind: 'refused', asker, resource, entitlement, policy }
  if ('problems' in read) return { kind: 'invalid', asker, resource, entitlement, problems: read.problems }
  const checked = await checkTicket(ports, asked.ticket, asker)
  if ('problem' in checked) {
    const { problem, refusal } = checked
    return { kind: 'invalid', asker, resource, entitlement, problems: [problem], refusal }
  }
  const served = ports.policy.mayServeItself ? judge('selfServe') : null
  // A rule that serves only those who proved who they are: the others ask the owners.
  const selfServe = served?.needsProof ? null : (served?.policy ?? null)
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
    asked: { ...asked, ...checked },
    plan: planned.plan,
    needsProof: !verified && (byPolicy || asksForProof(ports, entitlement, 'request', asker)),
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
  const { defaultDurationSeconds: durationSeconds } = entitlement
  return { durationSeconds, startsAt: null, justification: '', ticket: null, ticketCheck: null, action: null }
}

/** All problems at once. */
function withStart(terms: ReadTerms, start: ReadStart): ReadTerms {
  const problems = [
    ...('problems' in terms ? terms.problems : []),
    ...('problem' in start ? [start.problem] : []),
  ]
  if ('problems' in terms || 'problem' in start) return { problems }
  return { asked: { ...terms.asked, ...start } }
}
