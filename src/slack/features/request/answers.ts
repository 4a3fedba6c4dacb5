import type { RequestHistory } from '../../../domain/request-history.ts'
import type { AccountKey } from '../../../usecases/_shared/person.ts'
import { mayAddFavourite } from '../../../usecases/favourites/search-favourites.ts'
import { closedSentence } from '../../kit/answers.ts'
import { actions, type MessageContent, textMessage } from '../../kit/blocks.ts'
import { approvedBy } from '../../kit/outcome.ts'
import { phaseOf } from '../../kit/phase.ts'
import { leaseText, whatIsAsked } from '../../kit/terms.ts'
import { addFavouriteButton } from '../favourites/buttons.ts'
import type { FeatureParts } from '../feature.ts'

/** The limit on requests is Daypass's own. */
export function tooManySentence(limit: number): string {
  return `You have sent ${limit} requests within an hour, which is the limit. Please wait a little, or ask the owners directly.`
}

/** The requester reads this after the request is on record. With a star, where this is no favourite of theirs yet. */
export async function answerWithStar(
  { ports }: Pick<FeatureParts, 'ports'>,
  asker: AccountKey,
  { history, reachedLimit }: { history: RequestHistory; reachedLimit: number | null },
): Promise<MessageContent> {
  const content = textMessage(submittedSentence(history, reachedLimit))
  const { resourceId, entitlementId } = history.request.asksFor
  const favourite = { resourceId, entitlementId }
  // The request is on record: without Slack's answer it is told without the star.
  const mayAdd = await mayAddFavourite(ports, { asker, favourite }).catch(() => false)
  return mayAdd
    ? { ...content, blocks: [...content.blocks, actions(addFavouriteButton(favourite))] }
    : content
}

/** `reachedLimit`: the limit on leases by rule, where it is the reason why the owners are asked. */
export function submittedSentence(history: RequestHistory, reachedLimit: number | null = null): string {
  const { request } = history
  const asked = `*${request.reference}*: ${whatIsAsked(request)}, ${leaseText(history)}.`
  if (request.status === 'pending') {
    const why =
      reachedLimit === null
        ? ''
        : ` You have taken as much without asking as one person may within 24 hours (${reachedLimit}), so the owners decide.`
    return `Asked. ${asked}${why} I am sending it to the owners, and will write to you in a direct message.`
  }
  if (request.how !== 'approval' && phaseOf(history) === 'scheduled')
    return `Approved by ${approvedBy(history)}. ${asked} It starts then; I will tell you in a direct message when it is open.`
  // The requester sent it again after the decision, so the answer is the present state.
  if (request.how === 'approval' || phaseOf(history) !== 'activating')
    return `You asked for this before. ${closedSentence(history)}`
  return `Approved by ${approvedBy(history)}. ${asked} It is being set up; I will tell you in a direct message when it is open.`
}
