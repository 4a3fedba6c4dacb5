import { formatDuration } from '../domain/duration.ts'
import type { PolicyResult } from '../domain/policy.ts'
import { shortHash } from '../domain/rules-version.ts'
import type { ExplainedBreakGlass } from '../usecases/_shared/explain-without-asking.ts'
import { frozenMessage } from '../usecases/_shared/frozen.ts'
import type { ExplainedStage, Explanation } from '../usecases/requests/explain-request.ts'

/** What `daypass explain` prints, line by line. */
export function explanationText(explained: Explanation): string[] {
  const { who, resourceId, entitlementId, durationSeconds, rules, breakGlass } = explained
  const long = durationSeconds === null ? '' : ` for ${formatDuration(durationSeconds)}`
  return [
    `${who.displayName} (${who.userId}) asks for ${resourceId}/${entitlementId}${long}`,
    `  ${headline(explained)}`,
    ...(explained.freeze ? [`  ${frozenMessage(explained.freeze)}`] : []),
    ...explained.problems.map(({ field, message }) => `  ${field}: ${message}`),
    ...(explained.request ? ruleText('request', explained.request) : []),
    ...(explained.selfServe ? ruleText('selfServe', explained.selfServe) : []),
    ...proofText(explained.proofs),
    ...explained.stages.flatMap(stageText),
    ...(breakGlass ? breakGlassText(breakGlass) : []),
    `  Catalog ${shortHash(rules.catalog)}, policies ${shortHash(rules.policies)}.`,
  ]
}

function headline(explained: Explanation): string {
  switch (explained.outcome) {
    case 'unknown':
      return 'Refused: nothing of that name is offered to this person.'
    case 'invalid':
      return 'Not submitted: the terms do not fit.'
    case 'refused':
      return 'Refused.'
    case 'permitted':
      return approval(explained)
  }
}

function approval({ byRule, preApproval }: Explanation): string {
  if (preApproval) {
    const { reference, goodThrough, maxDurationSeconds, madeBy } = preApproval
    return (
      `Permitted, and pre-approved until ${goodThrough.toISOString()} by ${madeBy.displayName} (${madeBy.userId}), ` +
      `for up to ${formatDuration(maxDurationSeconds)} each time (${reference}).`
    )
  }
  if (!byRule) return 'Permitted. These people would decide:'
  const { limit, left } = byRule
  return left > 0
    ? `Permitted, and approved by rule (${left} of ${limit} left in 24 h).`
    : `Permitted. Over the limit of ${limit} by rule in 24 h, so the owners decide:`
}

function ruleText(action: string, { outcome, decidedBy, errors, sentence }: PolicyResult): string[] {
  const ids = decidedBy.map(({ id, effect }) => `${effect} ${id}`).join(', ')
  return [
    `  ${action}: ${outcome}${ids === '' ? '' : ` by ${ids}`}. ${sentence}`,
    ...errors.map((error) => `    ${error}`),
  ]
}

function proofText(moments: Explanation['proofs']): string[] {
  return moments.length === 0 ? [] : [`  Needs a proof of who is clicking at: ${moments.join(', ')}.`]
}

function stageText({ name, needed, people, more }: ExplainedStage): string[] {
  return [
    `  ${name}: ${needed} of`,
    ...people.map(
      ({ userId, displayName, may, sentence }) =>
        `    ${may ? '✔' : '✘'} ${displayName} (${userId})${may ? '' : `: ${sentence}`}`,
    ),
    ...(people.length === 0 ? ['    nobody'] : []),
    ...(more > 0 ? [`    and ${more} more, who were not judged`] : []),
  ]
}

function breakGlassText({ maxDurationSeconds, policy, openReview }: ExplainedBreakGlass): string[] {
  const most = `    for at most ${formatDuration(maxDurationSeconds)}`
  const rule = ruleText('breakGlass', policy)
  if (!policy.allowed) return rule
  return [...rule, openReview === null ? most : `${most}, once ${openReview} is reviewed`]
}
