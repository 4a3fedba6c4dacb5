import { cleanFreeText, longestFreeText } from '../../domain/free-text.ts'

/** What was wrong with one field of a form, in words to stand beside it: plain text, in which Slack shows markup as it is. */
export interface FieldProblem<Field extends string = RequestField> {
  readonly field: Field
  readonly message: string
}
export type RequestField = 'resource' | 'entitlement' | 'duration' | 'justification' | 'ticket'

/** A reason that somebody gave, cleaned; or why it will not do. */
export function readReason(typed: string | null): { reason: string } | { problem: FieldProblem<'reason'> } {
  const reason = cleanFreeText(typed ?? '')
  if (reason === '') return { problem: { field: 'reason', message: 'Say why, in a few words.' } }
  if (reason.length > longestFreeText) {
    const message = `That is ${reason.length} characters; ${longestFreeText} is the most that fits. Please shorten it.`
    return { problem: { field: 'reason', message } }
  }
  return { reason }
}
