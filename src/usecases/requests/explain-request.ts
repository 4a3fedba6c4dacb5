import type { ApprovalPlan, ApprovalStage } from '../../domain/approval-plan.ts'
import type { Freeze } from '../../domain/freeze.ts'
import { freshHistory } from '../../domain/fresh-history.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { type StepUpMoment, stepUpMoments } from '../../domain/step-up.ts'
import { type Assessment, assessRequest, type Permitted, type TypedAsk } from '../_shared/assess-request.ts'
import { candidatesOf } from '../_shared/candidates.ts'
import { draftRequest } from '../_shared/draft-request.ts'
import {
  type ExplainedApproval,
  type ExplainedBreakGlass,
  explainApproval,
  explainBreakGlass,
} from '../_shared/explain-without-asking.ts'
import type { FieldProblem } from '../_shared/field-problem.ts'
import { frozenFor } from '../_shared/frozen.ts'
import { judgeApprover } from '../_shared/judge-approver.ts'
import { sponsorOf } from '../_shared/person.ts'

/** What would become of a request, and why. Nothing is recorded. */
export interface Explanation {
  readonly outcome: Assessment['kind']
  readonly who: { readonly userId: string; readonly displayName: string }
  readonly resourceId: string
  readonly entitlementId: string
  /** Null: the terms do not fit, or no such name is offered. */
  readonly durationSeconds: number | null
  readonly problems: readonly FieldProblem[]
  /** May this person ask? Null: the policies were not asked. */
  readonly request: PolicyResult | null
  /** How it would be approved. Null: it could not be submitted. */
  readonly how: ExplainedApproval['how'] | null
  /** The policies that permit approval by rule. Null: none does. The limit or a pre-approval may come first. */
  readonly selfServe: PolicyResult | null
  /** Null: no policy approves it by rule, or a pre-approval comes first. */
  readonly byRule: ExplainedApproval['byRule']
  /** The pre-approval that would approve it. */
  readonly preApproval: ExplainedApproval['preApproval']
  /** Null: the catalog offers no break-glass of it. */
  readonly breakGlass: ExplainedBreakGlass | null
  /** While it holds, nothing is granted to this person there. Null: nothing is frozen. */
  readonly freeze: Freeze | null
  /** The moments at which the person who clicks must prove who they are. */
  readonly proofs: readonly StepUpMoment[]
  /** Who could approve, in the order of the stages. Empty where nobody needs to, or nobody is asked. */
  readonly stages: readonly ExplainedStage[]
  readonly rules: { readonly catalog: string; readonly policies: string }
}

export interface ExplainedStage {
  readonly name: string
  /** The number of approvals that the stage needs. */
  readonly needed: number
  readonly people: readonly Candidate[]
  /** More people are named than were judged. */
  readonly more: number
}

/** Somebody whom the stage names, and what the policies would say to an approval now. */
export interface Candidate {
  readonly userId: string
  readonly displayName: string
  readonly may: boolean
  readonly sentence: string
}

export interface ToExplain extends Omit<TypedAsk, 'justification'> {
  /** The most people to judge for each stage. */
  readonly mostPeople: number
}

type ExplainPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Judges in the same way as a submitted request and a click are judged. Throws `DirectoryUnavailable`. */
export async function explainRequest(
  ports: ExplainPorts,
  { mostPeople, ...ask }: ToExplain,
): Promise<Explanation> {
  const { catalog, policy } = ports
  // The reason decides nothing, so any that is long enough will do.
  const assessed = await assessRequest(ports, { ...ask, justification: 'x'.repeat(1_000) })
  const { userId, displayName } = assessed.asker.account
  const { resourceId, entitlementId } = ask
  const isPermitted = assessed.kind === 'permitted'
  const approved = isPermitted ? await explainApproval(ports, assessed) : null
  const stages =
    isPermitted && approved?.how === 'approval' ? await explainStages(ports, assessed, mostPeople) : []
  return {
    outcome: assessed.kind,
    who: { userId, displayName },
    resourceId,
    entitlementId,
    durationSeconds: isPermitted ? assessed.asked.durationSeconds : null,
    problems: problemsOf(assessed),
    request: 'policy' in assessed ? assessed.policy : null,
    how: approved?.how ?? null,
    selfServe: isPermitted ? assessed.selfServe : null,
    byRule: approved?.byRule ?? null,
    preApproval: approved?.preApproval ?? null,
    breakGlass: await explainBreakGlass(ports, assessed),
    proofs: proofsOf(assessed),
    freeze: assessed.kind === 'unknown' ? null : await freezeOf(ports, assessed),
    stages,
    rules: { catalog: catalog.contentHash, policies: policy.contentHash },
  }
}

function proofsOf(assessed: Assessment): readonly StepUpMoment[] {
  if (assessed.kind === 'unknown') return []
  const { stepUp = [] } = assessed.entitlement
  // Also by a policy, or because the account changed lately.
  const isAsked = assessed.kind === 'permitted' && assessed.needsProof
  return stepUpMoments.filter((moment) => stepUp.includes(moment) || (moment === 'request' && isAsked))
}

async function freezeOf(
  { store, clock }: ExplainPorts,
  { asker, resource }: Exclude<Assessment, { kind: 'unknown' }>,
): Promise<Freeze | null> {
  return store.transaction(async (tx) => {
    const { id: accountId } = await tx.accounts.upsert(asker.account)
    return frozenFor(tx, { accountId, resourceId: resource.id }, clock.now())
  })
}

function problemsOf(assessed: Assessment): readonly FieldProblem[] {
  if (assessed.kind === 'unknown') return [assessed.problem]
  return assessed.kind === 'invalid' ? assessed.problems : []
}

async function explainStages(
  ports: ExplainPorts,
  assessed: Permitted,
  mostPeople: number,
): Promise<ExplainedStage[]> {
  const { plan } = assessed
  return Promise.all(plan.stages.map((stage) => explainStage(ports, assessed, stage, mostPeople)))
}

/** Judges everybody whom the stage names as if the stages before it were complete. */
async function explainStage(
  ports: ExplainPorts,
  assessed: Permitted,
  stage: ApprovalStage,
  mostPeople: number,
): Promise<ExplainedStage> {
  const { asker, entitlement, resource } = assessed
  const plan: ApprovalPlan = { ...assessed.plan, stages: [stage], substitutes: null }
  const people = { entitlement, sponsor: sponsorOf(asker.facts), called: [] }
  const found = (await candidatesOf(ports, plan, people)) ?? []
  const named = found.filter(({ countsAs }) => countsAs.length > 0)
  const alone = { ...entitlement, approvals: plan }
  const entitlements = new Map([[entitlement.id, alone]])
  const catalog = { ...ports.catalog, resources: new Map([[resource.id, { ...resource, entitlements }]]) }
  const history = asIfSubmitted(ports, { ...assessed, plan })
  const judged = await Promise.all(
    named.slice(0, mostPeople).map(async ({ person: userId }): Promise<Candidate> => {
      const by = { teamId: asker.facts.teamId, userId }
      const account = await ports.directory.account(userId, { maxAgeSeconds: 60 })
      if (!account) return { userId, displayName: userId, may: false, sentence: 'Slack knows no such user.' }
      const { policy } = await judgeApprover({ ...ports, catalog }, by, history, { verdict: 'approve' })
      const { displayName } = account
      return { userId, displayName, may: policy.allowed, sentence: policy.sentence }
    }),
  )
  const needed = stage.needs.reduce((sum, { count }) => sum + count, 0)
  return { name: stage.name, needed, people: judged, more: Math.max(0, named.length - judged.length) }
}

const noId = '00000000-0000-0000-0000-000000000000'

/** The request as a submission would store it. */
function asIfSubmitted(
  { clock, catalog }: Pick<Ports, 'clock' | 'catalog'>,
  { asker, resource, entitlement, asked, policy, plan }: Permitted,
): RequestHistory {
  const { account, facts, engagement } = asker
  const draft = { submissionKey: '', requesterId: noId, resource, entitlement, plan, asked, policy }
  const { submissionKey: _, ...request } = draftRequest(
    catalog,
    { ...draft, preApprovalId: null },
    clock.now(),
  )
  const requester = { ...account, id: noId, personId: facts.person, kind: facts.kind }
  return freshHistory({ ...request, id: noId, reference: 'AR-0', how: 'approval' }, { requester, engagement })
}
