import type { PreApproveAnswer } from '../../../usecases/requests/pre-approve.ts'
import { closedSentence, refusedSentence, unknownRequest } from '../../kit/answers.ts'
import { frozenSentence } from '../../kit/freeze.ts'
import { moment } from '../../kit/text.ts'

/** Why nothing was approved in advance, and what to do instead. */
export function notMadeSentence(
  answer: Exclude<PreApproveAnswer, { kind: 'made' | 'invalid' | 'needs_proof' }>,
): string {
  switch (answer.kind) {
    case 'refused':
      return refusedSentence(answer.policy)
    case 'frozen':
      return `${frozenSentence(answer.freeze)} So nothing was approved in advance.`
    case 'unknown':
      return unknownRequest
    case 'closed':
      return `${closedSentence(answer.history)} So it cannot be approved in advance. Ask the person to ask again.`
    case 'made_before': {
      const made = answer.history.madePreApproval
      const until = made ? ` ${made.reference} is good until ${moment(made.goodThrough)}.` : ''
      return `This is pre-approved already.${until} To change it, withdraw it first: \`/request-access pre-approvals\`.`
    }
    case 'several_approvals':
      return '⛔ More than one person must approve this each time, so nobody can approve it in advance.'
    case 'no_longer_offered':
      return '⛔ The catalog no longer offers this as it was asked for. Ask the person to submit a new request.'
    case 'extension':
      return '⛔ More time for a lease cannot be approved in advance. Approve the request for the access itself in advance.'
    case 'action':
      return '⛔ An action cannot be approved in advance: the next one would have other values. Approve each by itself.'
    case 'break_glass':
      return '⛔ This was taken by break-glass. Ask the person to ask for it as usual, and approve that in advance.'
  }
}
