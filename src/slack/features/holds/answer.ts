import type { AccountKey } from '../../../usecases/_shared/person.ts'
import { type AnswerLiftAnswer, type AskLiftAnswer, askLift } from '../../../usecases/holds/lift-hold.ts'
import { type PlaceHoldAnswer, placeHold } from '../../../usecases/holds/place-hold.ts'
import { seeHolds } from '../../../usecases/holds/see-holds.ts'
import { type MessageContent, textMessage } from '../../kit/blocks.ts'
import { code, inline } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import type { HoldLine } from './line.ts'
import { holdsList } from './messages.ts'

const onlyLeads = '⛔ Only security leads may see, place and lift legal holds.'

/** The answer to `/audit hold ...`, for security leads. */
export async function holdsAnswer(
  { ports }: Pick<FeatureParts, 'ports'>,
  by: AccountKey,
  line: HoldLine,
): Promise<MessageContent> {
  switch (line.kind) {
    case 'problem':
      return textMessage(line.message)
    case 'list': {
      const seen = await seeHolds(ports, { by })
      return seen.kind === 'refused' ? textMessage(onlyLeads) : holdsList(seen)
    }
    case 'lift':
      return textMessage(liftText(await askLift(ports, { by, reference: line.reference })))
    case 'place': {
      const { named, from, to, reason } = line
      return textMessage(placeText(await placeHold(ports, { by, named, reason, from, to })))
    }
  }
}

function placeText(answer: PlaceHoldAnswer): string {
  switch (answer.kind) {
    case 'placed':
      return `🔒 ${code(answer.hold.reference)} stands and is recorded. Nothing that it covers is removed until two security leads lift it.`
    case 'invalid':
      return answer.problems.map(({ message }) => inline(message, 300)).join('\n')
    case 'unknown':
      return inline(answer.message, 300)
    case 'refused':
      return onlyLeads
  }
}

/** The answer to a question to lift a hold, and to its confirmation. */
export function liftText(answer: AskLiftAnswer | AnswerLiftAnswer): string {
  switch (answer.kind) {
    case 'asked':
      return `Asked and recorded. Another security lead has to confirm in the security channel that ${code(answer.hold.reference)} is lifted.`
    case 'asked_before':
      return 'Somebody asks for it already. Another security lead has to confirm it in the security channel.'
    case 'lifted':
      return `🔓 ${code(answer.hold.reference)} is lifted and recorded. What it kept from an erasure has to be asked for again.`
    case 'declined':
      return `Declined and recorded. ${code(answer.hold.reference)} stands.`
    case 'not_asked':
      return 'Nobody asks to lift this hold now.'
    case 'lifted_before':
      return 'This hold was lifted before.'
    case 'unknown':
      return 'There is no such legal hold. `/audit holds` lists them.'
    case 'refused':
      return refusedText[answer.because]
  }
}

const refusedText = {
  not_lead: onlyLeads,
  own: '⛔ You asked to lift this hold, so another security lead has to confirm it.',
  subject: '⛔ This hold is about you, so others have to lift it.',
} as const
