import type { Freeze } from '../../../domain/freeze.ts'
import type { Panic, PanicCounts } from '../../../domain/panic.ts'
import type { NotThisScope } from '../../../usecases/_shared/judge-scope.ts'
import { refusedSentence } from '../../kit/answers.ts'
import { type MessageContent, textMessage } from '../../kit/blocks.ts'
import { scopeText, untilText } from '../../kit/freeze.ts'
import { inline } from '../../kit/text.ts'
import { countsText } from './forms.ts'

/** Why nothing was taken back or frozen. */
export function notThisScopeSentence(answer: NotThisScope): string {
  switch (answer.kind) {
    case 'refused':
      return refusedSentence(answer.policy)
    case 'frozen':
      return '⛔ You are frozen yourself, so you cannot do this. Ask a security lead. Nothing was changed.'
    case 'unknown':
      return `⚠️ ${inline(answer.message, 300)} Nothing was changed.`
  }
}

export function notThisScopeAnswer(answer: NotThisScope): MessageContent {
  return textMessage(notThisScopeSentence(answer))
}

/** The person reads this after the panic is on record. `shown`: the counts of the form that was confirmed. */
export function begunSentence(
  { scope, counts }: Panic,
  freeze: Freeze | null,
  shown: PanicCounts | null,
): string {
  const isOther = shown !== null && countsText(shown) !== countsText(counts)
  const other = isOther
    ? ` The form showed: ${countsText(shown)} This is what was there when you sent it.`
    : ''
  const frozen = freeze
    ? ` It is frozen ${untilText(freeze)}.`
    : ' It is not frozen: people can ask again at once.'
  return `Taking back ${scopeText(scope)}: ${countsText(counts)}${other}${frozen} The security channel shows how far it is.`
}

export function frozenAnswer(kind: 'made' | 'kept', freeze: Freeze): string {
  const what = `${scopeText(freeze.scope)} is frozen ${untilText(freeze)}.`
  return kind === 'made'
    ? `❄️ ${what}`
    : `❄️ ${what} That freeze holds already, and ends no sooner than yours would. To make it shorter, a security lead lifts it first.`
}
