import type { RequestHistory } from '../../../domain/request-history.ts'
import type { ExtendAnswer, NotExtendable } from '../../../usecases/requests/extend-lease.ts'
import { closedSentence, overSentence, refusedSentence, unknownRequest } from '../../kit/answers.ts'
import { frozenSentence } from '../../kit/freeze.ts'
import { approvedBy } from '../../kit/outcome.ts'
import { phaseOf } from '../../kit/phase.ts'
import { leaseText, whatIsAsked } from '../../kit/terms.ts'
import { notYours } from '../my-access/answers.ts'
import { tooManySentence } from '../request/answers.ts'

/** The holder reads this after the request for more time is on record. */
export function extensionSubmittedSentence(history: RequestHistory, reachedLimit: number | null): string {
  const { request } = history
  const asked = `*${request.reference}*: ${whatIsAsked(request)}, ${leaseText(history)}.`
  switch (phaseOf(history)) {
    case 'pending': {
      const why =
        reachedLimit === null
          ? ''
          : ` You have taken as much without asking as one person may within 24 hours (${reachedLimit}), so the owners decide.`
      return `Asked for more time. ${asked}${why} I am sending it to the owners. Until they approve it, your access ends as before.`
    }
    case 'extending':
      return `Approved by ${approvedBy(history)}. ${asked} I am moving the end, and will tell you in a direct message.`
    default:
      // The same interaction was delivered again, after the decision.
      return `You asked for this before. ${closedSentence(history)}`
  }
}

/** Why the lease is not extended, and what to do instead. */
export function notExtendedSentence(
  answer: NotExtendable | Extract<ExtendAnswer, { kind: 'refused' | 'too_many' | 'frozen' }>,
): string {
  switch (answer.kind) {
    case 'over':
      return `${overSentence(answer.history)} It cannot be extended. Ask for the access again.`
    case 'break_glass':
      return '⛔ Access that was taken by break-glass cannot be extended. Ask for it as usual: `/request-access`.'
    case 'no_longer_offered':
      return '⛔ The catalog has changed what this gives, so the lease cannot be extended. It ends as before. Ask for the new access.'
    case 'under_way':
      return `More time is asked for already: ${answer.reference}. Wait for its decision, or cancel it first.`
    case 'not_yours':
      return notYours
    case 'unknown':
      return unknownRequest
    case 'refused':
      return refusedSentence(answer.policy)
    case 'frozen':
      return `${frozenSentence(answer.freeze)} Your access ends as before.`
    case 'too_many':
      return `⚠️ ${tooManySentence(answer.limit)}`
  }
}
