import { cleanFreeText, longestFreeText } from '../../domain/free-text.ts'

/** A problem with one field of a form. Slack shows the message at the field, as plain text without markup. */
export interface FieldProblem<Field extends string = RequestField> {
  readonly field: Field
  readonly message: string
}
export type RequestField =
  | 'resource'
  | 'entitlement'
  | 'duration'
  | 'start'
  | 'justification'
  | 'ticket'
  /** A parameter of an action, by its name. */
  | `parameter:${string}`

/** The typed reason without hidden characters, or the problem with it. */
export function readReason(typed: string | null): { reason: string } | { problem: FieldProblem<'reason'> } {
  const reason = cleanFreeText(typed ?? '')
  if (reason === '') return { problem: { field: 'reason', message: 'Say why, in a few words.' } }
  if (reason.length > longestFreeText) {
    const message = `That is ${reason.length} characters; ${longestFreeText} is the most that fits. Please shorten it.`
    return { problem: { field: 'reason', message } }
  }
  return { reason }
}
