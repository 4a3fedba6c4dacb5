import type { ApproverName } from '../../domain/approval-plan.ts'
import type { ApprovalState } from '../../domain/approval-state.ts'
import type { PolicyResult } from '../../domain/policy.ts'

/** Explains to a person of a later stage why the click came too early. */
export function orComesLater(
  refused: PolicyResult,
  { plan, open }: Pick<ApprovalState, 'plan' | 'open'>,
  countsAs: readonly ApproverName[],
): PolicyResult {
  const later = plan.stages
    .slice((open?.index ?? 0) + 1)
    .find(({ needs }) => needs.some(({ from }) => from.some((name) => countsAs.includes(name))))
  if (refused.outcome !== 'no_rule' || !open || !later) return refused
  const sentence = `“${later.name}” comes after “${open.stage.name}”, which is not complete. The card changes when it is your turn.`
  return { ...refused, sentence }
}

export function neededLater({ open }: Pick<ApprovalState, 'open'>): PolicyResult {
  const stage = open ? ` “${open.stage.name}”` : ''
  return {
    ...noLongerOffered,
    sentence: `Nobody but you can approve a later stage, and one person approves one stage only. Let another approver approve${stage}.`,
  }
}

export function noLongerAllowed(asking: PolicyResult): PolicyResult {
  return {
    ...asking,
    sentence: `The requester may no longer ask for this, so it cannot be approved. ${asking.sentence}`,
  }
}

/** The catalog changed while the request was pending, so nobody may decide it. */
export const noLongerOffered: PolicyResult = {
  action: 'approve',
  allowed: false,
  outcome: 'no_rule',
  decidedBy: [],
  errors: [],
  sentence:
    'The catalog no longer offers this as the card shows it, so nobody can decide it. Ask the requester to submit a new request.',
}
