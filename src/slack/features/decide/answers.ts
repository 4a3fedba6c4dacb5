import type { Catalog } from '../../../domain/catalog.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { closedSentence } from '../../kit/answers.ts'
import { progressText } from '../../kit/outcome.ts'

/** The approver had made this decision before. */
export function repeatedSentence(history: RequestHistory, catalog: Catalog): string {
  const { request } = history
  if (request.status !== 'pending')
    return `Your decision on ${request.reference} is on record. ${closedSentence(history)}`
  return `Your approval of ${request.reference} is counted: ${progressText(history, catalog)}.`
}
