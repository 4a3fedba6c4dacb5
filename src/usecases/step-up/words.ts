import { formatDuration } from '../../domain/duration.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { IntentKind, StepUpRules } from '../../domain/step-up.ts'
import type { Outcome } from './_carry-out.ts'
import type { ClosedStepUp } from './_find-step-up.ts'
import type { RefusalOfProof } from './prove.ts'

export type { Outcome }

/** What became of a proof, in plain text: the page and the window in Slack say the same. */
export interface Told {
  /** Whether the click did what it was for. */
  readonly isDone: boolean
  readonly title: string
  readonly text: string
}

const done = (title: string, text: string): Told => ({ isDone: true, title, text })
const notDone = (text: string): Told => ({ isDone: false, title: 'Not done', text })

/** `code`: shown on the page only. */
export function tellOutcome(outcome: Outcome): Told {
  switch (outcome.kind) {
    case 'decide':
      return tellDecision(outcome.answer, outcome.verdict)
    case 'pre_approve':
      return outcome.answer.kind === 'made'
        ? done('Approved in advance', `Your approval in advance is on record.`)
        : notDone(
            refusalIn(outcome.answer) ??
              'It could not be approved in advance any more. Look at the card again.',
          )
    case 'request':
    case 'extend':
      return outcome.answer.kind === 'submitted'
        ? done(
            'Submitted',
            `${outcome.answer.history.request.reference} is submitted. Daypass tells you in Slack what becomes of it.`,
          )
        : notDone(
            refusalIn(outcome.answer) ?? 'It could not be submitted any more. Please ask again in Slack.',
          )
    case 'break_glass':
      return outcome.answer.kind === 'taken'
        ? done(
            'Access taken',
            `${outcome.answer.history.request.reference}: Daypass gives you the access now. The owners and security are told.`,
          )
        : notDone(refusalIn(outcome.answer) ?? 'It could not be taken any more. Please look in Slack.')
    case 'credentials':
      return outcome.answer.kind === 'issued'
        ? done('Confirmed', 'The credentials are in the window in Slack.')
        : notDone('No credentials could be shown. Please press Show credentials in Slack again.')
    case 'panic':
      return tellPanic(outcome.answer)
    case 'lift_freeze':
      return tellLift(outcome.answer)
    case 'remove_passkey':
      return outcome.name === null
        ? notDone('This passkey was removed before.')
        : done('Removed', `The passkey “${outcome.name}” counts for nothing any more.`)
    case 'issue_code':
      return done(
        'Hand this code over',
        `Tell it to ${outcome.who} face to face or by phone, never in Slack. It works once, for one hour.`,
      )
    case 'link_sign_in':
      return outcome.isTaken
        ? notDone('Another person has this account of the company. Withdraw it there first.')
        : done('Linked', `The company’s sign-in of ${outcome.who} counts from now on.`)
    case 'not_permitted':
      return notDone('Only security leads may do this, and nobody for themselves.')
  }
}

function tellDecision(
  answer: Extract<Outcome, { kind: 'decide' }>['answer'],
  verdict: 'approve' | 'deny',
): Told {
  switch (answer.kind) {
    case 'recorded': {
      const { reference, status } = answer.history.request
      const more = verdict === 'approve' && status === 'pending' ? ' More approvals are needed.' : ''
      const title = verdict === 'approve' ? 'Approved' : 'Denied'
      return done(title, `Your decision on ${reference} is on record.${more} The card in Slack shows it.`)
    }
    case 'repeated':
      return done(
        'Decided before',
        `Your decision on ${answer.history.request.reference} was on record already.`,
      )
    case 'refused':
      return notDone(answer.policy.sentence)
    case 'closed':
      return notDone(`${closedNow(answer.history)} There is nothing left to decide.`)
    case 'frozen':
      return notDone(frozen)
    case 'moved_on':
    case 'not_needed':
      return notDone('Another approval is missing now, not this one. Please look at the card again.')
    case 'invalid':
      return notDone(answer.problems.map(({ message }) => message).join(' '))
    case 'needs_proof':
    case 'unknown':
      return notDone('The request was not found. Please use the newest message about it.')
  }
}

function tellPanic(answer: Extract<Outcome, { kind: 'panic' }>['answer']): Told {
  switch (answer.kind) {
    case 'begun':
      return done(
        'Under way',
        'The access is being taken back. The security channel in Slack shows how far it is.',
      )
    case 'repeated':
      return done('Ordered before', 'This was ordered before, and is under way.')
    case 'unknown':
      return notDone(answer.message)
    default:
      return notDone(refusalIn(answer) ?? 'Nothing was taken back. Please use /revoke in Slack again.')
  }
}

function tellLift(answer: Extract<Outcome, { kind: 'lift_freeze' }>['answer']): Told {
  switch (answer.kind) {
    case 'lifted':
      return done('Lifted', 'The freeze is lifted. People can ask again.')
    case 'none':
      return notDone('This freeze does not hold any more.')
    case 'frozen':
      return notDone('You are frozen yourself, so you cannot lift a freeze. Ask another security lead.')
    case 'unknown':
      return notDone(answer.message)
    default:
      return notDone(
        refusalIn(answer) ?? 'The freeze was not lifted. Please use /revoke freezes in Slack again.',
      )
  }
}

function closedNow({ request }: RequestHistory): string {
  return `${request.reference} is ${request.status}.`
}

const frozen = 'Nothing is granted here while a freeze holds. Slack says until when. The request waits.'

function refusalIn(answer: { readonly kind: string }): string | null {
  if (answer.kind === 'frozen') return 'Nothing is granted here while a freeze holds. Slack says until when.'
  if ('policy' in answer) return (answer.policy as { sentence: string }).sentence
  if ('problems' in answer)
    return (answer.problems as { message: string }[]).map(({ message }) => message).join(' ')
  return null
}

const fromSlack = 'Go back to Slack and press the button again.'

/** Why a link does nothing. */
export function tellClosed({ why }: Pick<ClosedStepUp, 'why'>): Told {
  switch (why) {
    case 'unknown':
      return notDone(`This link is not known. ${fromSlack}`)
    case 'used':
      return notDone(`This link was used, and a link works once. Look in Slack at what became of it.`)
    case 'expired':
      return notDone(`This link is too old: it works for two minutes. ${fromSlack}`)
    case 'changed':
      return notDone(
        `This changed after the link was made, so nothing was confirmed. Look at it in Slack again.`,
      )
  }
}

/** Why a proof was not accepted. Nothing was done. */
export function tellRefusal(why: RefusalOfProof, rules: StepUpRules): Told {
  switch (why) {
    case 'not_your_passkey':
      return notDone(
        'This passkey is not one of yours. Use one that you added, in the account that pressed the button.',
      )
    case 'not_proven':
      return notDone(
        'The answer of this passkey proves nothing here. Try again, and unlock it with a finger, your face or a PIN.',
      )
    case 'too_new':
      return notDone(
        `A passkey counts for critical access ${formatDuration(rules.coolingSeconds)} after it was added, and this one is newer. ${alternativeText(rules)}`,
      )
    case 'not_accepted':
      return notDone('This way to prove who you are is not accepted here.')
    case 'counter_went_back':
      return notDone(
        'This passkey may be a copy: it counts backwards. Remove it, and tell your security team.',
      )
    case 'passkey_removed':
      return notDone('This passkey was removed. Use another one.')
    case 'used':
    case 'expired':
      return tellClosed({ why })
    case 'sign_in_refused':
      return notDone(`The company’s sign-in did not prove who you are. ${fromSlack}`)
    case 'sign_in_unavailable':
      return notDone(`The company’s sign-in does not answer now. ${alternativeText(rules)}`)
    case 'sign_in_not_linked':
      return notDone(
        'Your account of the company is not linked to you yet. Security is told: a security lead can link it.',
      )
    case 'sign_in_of_somebody_else':
      return notDone('This account of the company is not yours. Sign in with your own.')
  }
}

/** What a person does who cannot prove it now. By the catalog for decisions, and never less than a proof by itself. */
export function alternativeText(
  { otherwise }: Pick<StepUpRules, 'otherwise'>,
  kind: IntentKind = 'decide',
): string {
  if (kind === 'panic')
    return 'Another security lead can do it, or whoever runs Daypass, with daypass revoke --emergency. A security lead can give you a code for a new passkey.'
  if (kind === 'lift_freeze')
    return 'Another security lead can lift it. A security lead can give you a code for a new passkey.'
  const isDecision = kind === 'decide' || kind === 'pre_approve'
  switch (isDecision ? otherwise : 'nothing') {
    case 'nothing':
      return 'Without a proof nothing is done. Ask a security lead for a code, with which you can add a new passkey.'
    case 'other-approvers':
      return 'Let other approvers decide instead: each proves who they are. A security lead can give you a code for a new passkey.'
    case 'security-lead':
      return 'Ask a security lead: they can decide where policy lets them, or give you a code for a new passkey.'
  }
}
