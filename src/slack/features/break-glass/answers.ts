import type { RequestHistory } from '../../../domain/request-history.ts'
import type { BreakGlassAnswer } from '../../../usecases/requests/break-glass.ts'
import { refusedSentence } from '../../kit/answers.ts'
import { frozenSentence } from '../../kit/freeze.ts'
import { leaseText, whatIsAsked } from '../../kit/terms.ts'
import { inline, moment } from '../../kit/text.ts'

/** The person reads this after the access is ordered. */
export function takenSentence(history: RequestHistory): string {
  const { request, review } = history
  const due = review ? ` An owner reviews it until ${moment(review.dueAt)}.` : ''
  return (
    `🚨 *${request.reference}*: you took ${whatIsAsked(request)}, ${leaseText(history)}. It is being set up; I will tell you in a ` +
    `direct message when it is open. The owners and the security team know.${due}`
  )
}

/** Why the access was not given, and what to do instead. */
export function notTakenSentence(
  answer: Extract<BreakGlassAnswer, { kind: 'refused' | 'not_offered' | 'review_open' | 'frozen' }>,
): string {
  switch (answer.kind) {
    case 'refused':
      return refusedSentence(answer.policy)
    case 'not_offered':
      return `⛔ Break-glass is not set up for ${inline(answer.entitlement.name, 64)} on ${inline(answer.resource.name, 64)}. Ask for it as usual.`
    case 'frozen':
      return `${frozenSentence(answer.freeze)} That holds in an emergency too. Ask a security lead to lift it.`
    case 'review_open':
      return (
        `⛔ You broke glass before (${answer.reference}), and nobody has reviewed that yet. You cannot break glass again until an ` +
        'owner has reviewed it. Ask the owners to review it now, or ask for the access as usual.'
      )
  }
}
