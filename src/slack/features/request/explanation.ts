import type { PolicyResult } from '../../../domain/policy.ts'
import type { ExplainedStage, Explanation } from '../../../usecases/requests/explain-request.ts'
import { context, type MessageContent, section } from '../../kit/blocks.ts'
import { code, countOf, inline, mention } from '../../kit/text.ts'

/** The answer to `/request-access why`: what would become of the request, which rules decide, and who could approve. */
export function explanationAnswer(explained: Explanation): MessageContent {
  const text = headline(explained)
  const rules = [explained.request, explained.selfServe].filter((result) => result !== null)
  return {
    text,
    blocks: [
      section(text),
      ...explained.problems.map(({ message }) => section(`• ${inline(message, 300)}`)),
      ...rules.map((result) => context(ruleText(result))),
      ...explained.stages.map((stage) => section(stageText(stage, explained.stages.length > 1))),
      context('Nothing was asked, and nothing was recorded.'),
    ],
  }
}

function headline({ outcome, resourceId, entitlementId, selfServe, request }: Explanation): string {
  const what = `${code(resourceId)} ${code(entitlementId)}`
  switch (outcome) {
    case 'unknown':
      return `There is nothing of that name that you may ask for.`
    case 'invalid':
      return `You may ask for ${what}, but not like this:`
    case 'refused':
      return `⛔ You may not ask for ${what}: ${inline(request?.sentence ?? '', 600)}`
    case 'permitted':
      return selfServe
        ? `✅ You may ask for ${what}, and a rule approves it.`
        : `✅ You may ask for ${what}. Others have to approve it:`
  }
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
