import type { Catalog } from '../../../domain/catalog.ts'
import type { Freeze } from '../../../domain/freeze.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { closedSentence } from '../../kit/answers.ts'
import { progressText } from '../../kit/approvals.ts'
import { frozenSentence } from '../../kit/freeze.ts'

/** The approver had made this decision before. */
export function repeatedSentence(history: RequestHistory, catalog: Catalog): string {
  const { request } = history
  if (request.status !== 'pending')
    return `Your decision on ${request.reference} is on record. ${closedSentence(history)}`
  return `Your approval of ${request.reference} is counted: ${progressText(history, catalog)}.`
}

/** Nothing is granted now. */
export function frozenDecisionSentence(freeze: Freeze): string {
  return `${frozenSentence(freeze)} So nothing was approved, and the request waits. You can deny it now, or approve it after that.`
}

/** The click came while another stage was open, or when another person's approval was missing. */
export function notCountedSentence(
  kind: 'moved_on' | 'not_needed',
  history: RequestHistory,
  catalog: Catalog,
): string {
  const { reference } = history.request
  const why =
    kind === 'moved_on'
      ? 'Somebody else decided at the same moment, and the card shows another stage now'
      : 'Another person’s approval is missing, and yours would not count'
  return `Nothing was changed for ${reference}. ${why}: ${progressText(history, catalog)}. Please look at the card again.`
}
