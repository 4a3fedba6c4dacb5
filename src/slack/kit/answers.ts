import type { Catalog } from '../../domain/catalog.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import { type DirectoryUnavailable, UnknownAccount } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { type MessageContent, textMessage } from './blocks.ts'
import { approvedBy, progressText } from './outcome.ts'
import { labelOf, phaseOf } from './phase.ts'
import { leaseText, whatIsAsked } from './terms.ts'
import { code, inline, mention, moment } from './text.ts'

// What one person reads in answer to what that person did. Each says what to do next, where there is something.

const slackUnavailable =
  'I could not ask Slack who you are just now, so nothing was changed. Please try again in a moment.'
export const notYours = 'Only the person who asked for it can do that.'
export const unknownRequest = 'I know no such request. Nothing was changed.'
export const foreignCard =
  'This is not a card that I posted, so I do not act on it. Please use the card in the owners’ channel.'
export const foreignWorkspace = 'This Daypass belongs to another workspace. Nothing was changed.'
export const outdated = 'I no longer know this button. Please use a newer message.'
export const handledBefore = 'This was delivered before, and it is handled. Nothing was done twice.'
export const formDidNotOpen = 'The form did not open in time. Please try again.'

/** Why nobody could be judged. Only what Slack could not answer is worth another try. */
export function unavailableSentence(error: DirectoryUnavailable): string {
  return error instanceof UnknownAccount
    ? `Slack knows nobody with the id ${code(error.userId)}, so nothing was changed.`
    : slackUnavailable
}

/** Something broke on our side. `reference` finds it in the log. */
export function broken(reference: string): string {
  return (
    `Something went wrong on my side (${reference}). Please try once more: doing it twice changes nothing twice. ` +
    'If it stays so, tell whoever runs Daypass.'
  )
}

export function unknownCommand(command: string): string {
  return `I do not know \`${inline(command, 40)}\`. I answer \`/request-access\` and \`/audit\`.`
}

export function refusedSentence(policy: PolicyResult): string {
  return `⛔ ${inline(policy.sentence, 600)}`
}

export function refusedAnswer(policy: PolicyResult): MessageContent {
  return textMessage(refusedSentence(policy))
}

export function tooManySentence(limit: number): string {
  return `You have sent ${limit} requests within an hour, which is the most. Please wait a little, or ask the owners directly.`
}

/** Said to whoever asked, once it is on record. */
export function submittedAnswer(history: RequestHistory): MessageContent {
  return textMessage(submittedSentence(history))
}

export function submittedSentence(history: RequestHistory): string {
  const { request } = history
  const asked = `*${request.reference}*: ${whatIsAsked(request)}, ${leaseText(history)}.`
  if (request.status === 'pending')
    return `Asked. ${asked} I am passing it to the owners, and will write to you in a direct message.`
  // Sent once more after it was decided: what has become of it.
  if (request.policy.action !== 'selfServe' || phaseOf(history) !== 'activating')
    return `You asked for this before. ${closedSentence(history)}`
  return `Approved by a rule. ${asked} It is being set up; I will tell you in a direct message once it is open.`
}

/** A decision that this person had made before. */
export function repeatedSentence(history: RequestHistory, catalog: Catalog): string {
  const { request } = history
  if (request.status !== 'pending')
    return `Your decision on ${request.reference} is on record. ${closedSentence(history)}`
  return `Your approval of ${request.reference} is counted: ${progressText(history, catalog)}.`
}

/** Somebody or the clock was faster. */
export function closedAnswer(history: RequestHistory): MessageContent {
  return textMessage(closedSentence(history))
}

export function closedSentence(history: RequestHistory): string {
  const { request } = history
  if (request.status === 'pending') return `${request.reference} is pending.`
  const by = request.status === 'approved' ? ` by ${approvedBy(history)}` : deniedBy(history)
  return `${request.reference} was ${request.status}${by}, ${moment(request.closedAt)}. There is nothing left to decide.`
}

function deniedBy({ request, decisions }: RequestHistory): string {
  const denied = decisions.find(({ verdict }) => verdict === 'deny')
  return request.status === 'denied' && denied ? ` by ${mention(denied.approver.userId)}` : ''
}

/** A grant that is not there to do it with, or no longer. */
export function overSentence(history: RequestHistory): string {
  const { reference } = history.request
  const phase = phaseOf(history)
  switch (phase) {
    case 'activating':
      return `${reference} is still being set up.`
    case 'active':
    case 'revoking':
      return `The time of ${reference} is over: access is being removed.`
    case 'revocation_failed':
      return `${reference} is over, but access may still be open: Daypass tries until a read-back shows it gone.`
    default:
      return `${reference} is ${labelOf(phase)}: there is nothing left to do.`
  }
}
