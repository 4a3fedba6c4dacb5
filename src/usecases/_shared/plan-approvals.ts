import { type ApprovalPlan, planFor } from '../../domain/approval-plan.ts'
import { calledEver } from '../../domain/approval-state.ts'
import type { Entitlement } from '../../domain/catalog.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { candidatesOf, stageOutOfReach } from './candidates.ts'
import { type Identified, sponsorOf } from './person.ts'

/**
 * The approvals that a request of this person needs; or a refusal, when nobody is left who could give them, so that no request
 * waits for an answer that cannot come. If Slack does not name the members of a group, the request is not refused for it.
 */
export async function planApprovals(
  ports: Pick<Ports, 'directory'>,
  { facts }: Identified,
  entitlement: Entitlement,
): Promise<{ plan: ApprovalPlan } | { refused: PolicyResult }> {
  const { approvals, resourceId, id } = entitlement
  const ask = `Ask those who keep the catalog to name more approvers of ${resourceId}/${id}.`
  const plan = planFor(approvals, facts.kind)
  if (!plan) return { refused: refusal(`Only a sponsor can approve this, and employees have none. ${ask}`) }
  const people = { entitlement, sponsor: sponsorOf(facts), called: calledEver(plan) }
  const candidates = await candidatesOf(ports, plan, people)
  const others = candidates?.filter(({ person }) => person !== facts.userId)
  const stage = others ? stageOutOfReach(plan, others) : null
  if (stage === null) return { plan }
  const of = plan.stages.length > 1 ? ` for “${stage}”` : ''
  return { refused: refusal(`Apart from you, there are too few people who could approve this${of}. ${ask}`) }
}

function refusal(sentence: string): PolicyResult {
  return { action: 'request', allowed: false, outcome: 'no_rule', decidedBy: [], errors: [], sentence }
}
