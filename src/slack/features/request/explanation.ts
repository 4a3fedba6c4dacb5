import { formatDuration } from '../../../domain/duration.ts'
import type { PolicyResult } from '../../../domain/policy.ts'
import type { ExplainedBreakGlass } from '../../../usecases/_shared/explain-without-asking.ts'
import type { ExplainedStage, Explanation } from '../../../usecases/requests/explain-request.ts'
import { context, type MessageContent, section } from '../../kit/blocks.ts'
import { frozenSentence } from '../../kit/freeze.ts'
import { code, countOf, inline, mention, moment } from '../../kit/text.ts'

/** The answer to `/request-access why`: what would become of the request, which rules decide, and who could approve. */
export function explanationAnswer(explained: Explanation): MessageContent {
  const text = headline(explained)
  const selfServe = explained.how === 'self_serve' ? explained.selfServe : null
  const rules = [explained.request, selfServe].filter((result) => result !== null)
  const emergency = explained.breakGlass && breakGlassText(explained.breakGlass)
  return {
    text,
    blocks: [
      section(text),
      ...(explained.freeze ? [section(frozenSentence(explained.freeze))] : []),
      ...explained.problems.map(({ message }) => section(`• ${inline(message, 300)}`)),
      ...rules.map((result) => context(ruleText(result))),
      ...explained.stages.map((stage) => section(stageText(stage, explained.stages.length > 1))),
      ...(emergency ? [section(emergency)] : []),
      context('Nothing was asked, and nothing was recorded.'),
    ],
  }
}

function headline(explained: Explanation): string {
  const { outcome, resourceId, entitlementId, request } = explained
  const what = `${code(resourceId)} ${code(entitlementId)}`
  switch (outcome) {
    case 'unknown':
      return `There is nothing of that name that you may ask for.`
    case 'invalid':
      return `You may ask for ${what}, but not like this:`
    case 'refused':
      return `⛔ You may not ask for ${what}: ${inline(request?.sentence ?? '', 600)}`
    case 'permitted':
      return `✅ You may ask for ${what}${approvalText(explained)}`
  }
}

function approvalText({ byRule, preApproval }: Explanation): string {
  if (preApproval) {
    const { reference, goodThrough, maxDurationSeconds, madeBy } = preApproval
    return (
      `. You are pre-approved until ${moment(goodThrough)} by ${mention(madeBy.userId)}, ` +
      `for up to ${formatDuration(maxDurationSeconds)} each time (${reference}).`
    )
  }
  if (!byRule) return '. Others have to approve it:'
  const { limit, left } = byRule
  return left > 0
    ? `, and it is approved by rule (${left} of ${limit} left in 24 h).`
    : `. You are over the limit of ${limit} by rule in 24 h, so the owners decide:`
}

/** Null: no policy permits it. */
function breakGlassText({ maxDurationSeconds, policy, openReview }: ExplainedBreakGlass): string | null {
  if (!policy.allowed) return null
  if (openReview !== null) return `You can break glass again once ${openReview} is reviewed.`
  const ids = policy.decidedBy.map(({ id }) => code(id)).join(', ')
  return `In an emergency you could break glass for at most ${formatDuration(maxDurationSeconds)}, because ${ids} permits it.`
}

function ruleText({ decidedBy, sentence }: PolicyResult): string {
  const ids = decidedBy.map(({ id }) => code(id)).join(', ')
  return `${inline(sentence, 300)}${ids === '' ? '' : ` Decided by ${ids}.`}`
}

const mostNamed = 15

function stageText({ name, needed, people, more }: ExplainedStage, isOneOfMany: boolean): string {
  const may = people.filter((person) => person.may).map(({ userId }) => mention(userId))
  const others = may.length - mostNamed + more
  const who =
    may.length === 0
      ? 'nobody can approve it at present'
      : `${may.slice(0, mostNamed).join(', ')}${others > 0 ? ` and ${others} more` : ''}`
  const stage = isOneOfMany ? `*${inline(name)}*: ` : ''
  return `${stage}${countOf(needed, 'approval')} of: ${who}`
}
