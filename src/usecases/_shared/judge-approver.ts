import { subDays } from 'date-fns/subDays'
import { type ApproverName, planFor, substitute } from '../../domain/approval-plan.ts'
import { canComplete } from '../../domain/approval-progress.ts'
import { type ApprovalState, approvalState, calledBy, calledEver } from '../../domain/approval-state.ts'
import { findEntitlement } from '../../domain/catalog.ts'
import { judgedSeconds } from '../../domain/lease-extension.ts'
import type { ApprovalFacts, PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { VerifiedFacts } from '../../domain/step-up.ts'
import { type NamedPeople, namesOf, peopleBehind } from './approver-names.ts'
import { neededLater, noLongerAllowed, noLongerOffered, orComesLater } from './approver-refusals.ts'
import { isAsShown } from './as-shown.ts'
import { candidatesOf } from './candidates.ts'
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
  sponsorOf,
} from './person.ts'
import { asksForProof, judgeWithProof } from './proofs.ts'

/** A click on Approve or Deny, judged by the present people, catalog and policies. */
export interface JudgedClick {
  readonly approver: Identified
  readonly asker: Identified
  readonly policy: PolicyResult
  /** The state of the approvals that the policies saw. */
  readonly state: ApprovalState<RequestHistory['decisions'][number]>
  /** The names of the plans under which an approval of this person counts. */
  readonly countsAs: readonly ApproverName[]
  /** The catalog changed since the request, so the card may show something else. */
  readonly isOutdated: boolean
  /** The policies permit it only with a proof of who is clicking, or the catalog asks for one. `policy` is the result with it. */
  readonly needsProof: boolean
}

type JudgePorts = Pick<Ports, 'store' | 'catalog' | 'policy' | 'clock' | 'directory'>

/**
 * Asks the policies whether this person may decide this request now, in its open stage. An approval also needs a requester who
 * may still ask: not one who was deactivated, or whom a new policy forbids the request. `durationSeconds`: approved for less.
 */
export async function judgeApprover(
  ports: JudgePorts,
  by: AccountKey,
  history: RequestHistory,
  {
    verdict,
    durationSeconds: shorter = null,
    verified,
  }: {
    verdict: 'approve' | 'deny'
    durationSeconds?: number | null
    verified?: VerifiedFacts | undefined
  },
): Promise<JudgedClick> {
  const { catalog, clock } = ports
  const { request, requester, decisions } = history
  const offer = findEntitlement(catalog, request.asksFor.resourceId, request.asksFor.entitlementId)
  const [asker, approver] = await identifyBoth(
    ports,
    [accountKeyOf(requester), []],
    [by, deciders(catalog, offer?.resource ?? null, offer?.entitlement)],
    freshAtClick,
  )
  const state = approvalState(request, asker.facts.kind, offer?.entitlement ?? null, decisions)
  const judged = { approver, asker, state }
  const approved = Math.min(state.durationSeconds, shorter ?? state.durationSeconds)
  const durationSeconds = judgedSeconds(history.extends, approved)
  const isPlanned = offer && planFor(offer.entitlement.approvals, asker.facts.kind) !== null
  if (!offer || !isPlanned || !isAsShown(request, offer, durationSeconds))
    return { ...judged, countsAs: [], isOutdated: true, policy: noLongerOffered, needsProof: false }

  const now = clock.now()
  const people: NamedPeople = {
    entitlement: offer.entitlement,
    sponsor: sponsorOf(asker.facts),
    called: calledBy(now, state.plan, request, decisions),
  }
  const plans = [state.plan, request.terms.approvals]
  const countsAs = [...new Set(plans.flatMap((plan) => namesOf(plan, approver.facts, people)))]
  // Of a complete plan: the last stage, so that its people read who was faster.
  const stage = state.open?.stage ?? state.plan.stages.at(-1)
  const inStage = stage?.needs.flatMap(({ from }) => from) ?? []
  const approvers = peopleBehind(inStage, people)
  const isOfStage = countsAs.some((name) => name === substitute || inStage.includes(name))
  const subject = {
    now,
    resource: resourceFacts(offer.resource),
    entitlement: entitlementFacts(offer.entitlement),
    durationSeconds,
    ticket: request.ticket,
    circumstances: await circumstancesOf(ports, asker, offer.resource.id, {
      submittedAt: request.submittedAt,
      extending: history.extends !== null,
      startsAt: request.startsAt,
    }),
  }
  const { policy: approving, needsProof: byPolicy } = judgeWithProof(ports, verified, {
    ...subject,
    action: 'approve',
    principal: approver.facts,
    requester: asker.facts,
    // A second account of the sponsor is named by nobody, but its person may decide.
    resource: {
      ...subject.resource,
      approvers: isOfStage ? [...approvers, approver.facts.userId] : approvers,
    },
    approval: await approvalFacts(ports, judged, countsAs, verdict),
  })
  const byTerms = request.terms.stepUp?.includes('approve') ?? false
  const byCatalog = byTerms || asksForProof(ports, offer.entitlement, 'approve', approver)
  const needsProof = !verified && (byPolicy || (verdict === 'approve' && byCatalog))
  const result = { ...judged, countsAs, isOutdated: state.hasChanged, needsProof }
  if (!approving.allowed) return { ...result, policy: orComesLater(approving, state, countsAs) }
  if (verdict === 'deny') return { ...result, policy: approving }
  // The requester is not the person who clicks: whether that one proved anything was judged when it was asked for.
  const asking = judgeWithProof(ports, undefined, {
    ...subject,
    action: 'request',
    principal: asker.facts,
  }).policy
  if (!asking.allowed) return { ...result, policy: noLongerAllowed(asking) }
  const isSpared = await isNeededLater(ports, history, result, people)
  return { ...result, policy: isSpared ? neededLater(state) : approving }
}

/** An approval of the requester for this person counts as recent for so long. */
const latelyDays = 30

async function approvalFacts(
  { policy, store, clock }: JudgePorts,
  { approver, asker, state }: Pick<JudgedClick, 'approver' | 'asker' | 'state'>,
  countsAs: readonly ApproverName[],
  verdict: 'approve' | 'deny',
): Promise<ApprovalFacts> {
  const { plan, open, progress } = state
  const { person } = approver.facts
  const earlier = progress.given.slice(0, open?.index ?? plan.stages.length).flat()
  const others = progress.given.flat().filter((given) => given.person !== person)
  const isLastStage = open !== null && open.index === plan.stages.length - 1
  const isNamed = countsAs.some((name) => name === substitute || open?.missingFrom.includes(name))
  return {
    stage: open?.stage.name ?? '',
    approvedEarlierStage: earlier.some((given) => given.person === person),
    samePersonInTwoStages: plan.samePersonInTwoStages,
    otherApprovals: new Set(others.map((given) => given.person)).size,
    approvedByRequesterLately:
      policy.reads.has('approvedByRequesterLately') &&
      (await store.people.hasApproved({
        approver: asker.facts.person,
        requester: person,
        since: subDays(clock.now(), latelyDays),
      })),
    isLastApproval: verdict === 'approve' && isLastStage && open.missing === 1 && isNamed,
  }
}

/** Whether this person is the only one who could approve a later stage. An approval now would make the request impossible. */
async function isNeededLater(
  ports: JudgePorts,
  { decisions, requester }: RequestHistory,
  { approver, state, countsAs }: Omit<JudgedClick, 'policy' | 'isOutdated' | 'needsProof'>,
  people: NamedPeople,
): Promise<boolean> {
  const { plan, open } = state
  if (plan.samePersonInTwoStages || !open || open.index === plan.stages.length - 1) return false
  const found = await candidatesOf(ports, plan, { ...people, called: calledEver(plan) })
  const candidates = found?.filter(({ person }) => person !== requester.userId)
  if (!candidates) return false
  const given = decisions
    .filter(({ verdict }) => verdict === 'approve')
    .map((decision) => ({ person: decision.approver.userId, countsAs: decision.countsAs }))
  const withThis = [...given, { person: approver.facts.userId, countsAs }]
  return canComplete(plan, given, candidates) && !canComplete(plan, withThis, candidates)
}
