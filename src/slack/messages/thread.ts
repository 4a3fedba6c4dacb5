import type { KnownBlock } from '@slack/types'
import type { Catalog } from '../../domain/catalog.ts'
import type { RequestStory } from '../../domain/story.ts'
import { context, says, section, type Words } from '../kit/blocks.ts'
import { approvedBy, causeWords, outcomeBlocks, progressWords } from '../kit/outcome.ts'
import { isProvenGone } from '../kit/phase.ts'
import { leaseWords, whatIsAsked } from '../kit/terms.ts'
import { mention, mentionAny, moment, plain } from '../kit/text.ts'

/** The story as it goes on, beneath the card. */
export function reminderWords(story: RequestStory, catalog: Catalog): Words {
  const { request } = story
  if (request.status !== 'pending')
    return says(`${request.reference} was waiting for a decision; it no longer is.`)
  const approvers = catalog.resources.get(request.asksFor.resourceId)?.owners.approvers ?? []
  const called = approvers.slice(0, 20).map(mentionAny).join(' ')
  return says(
    `${called} ${request.reference} still waits: ${progressWords(story, catalog)}. ` +
      `Without a decision it expires ${moment(request.expiresAt)}.`,
  )
}

export function threadClosedWords(story: RequestStory): Words {
  const { request } = story
  const { status } = request
  return {
    text: `${request.reference} is ${status}.`,
    blocks: [section(`${request.reference} is *${status}*.`), ...outcomeBlocks(story)],
  }
}

export function threadActiveWords(story: RequestStory): Words {
  const { request, requester } = story
  return says(
    `Access is active: ${mention(requester.userId)} has ${whatIsAsked(request)} for ${leaseWords(story)}. ` +
      `Approved by ${approvedBy(story)}.`,
  )
}

export function threadActivationFailedWords(story: RequestStory): Words {
  const { request, grant } = story
  const left = isProvenGone(story) ? 'Nobody holds it.' : 'What there may be of it is being removed.'
  const text = `${request.reference} was approved, but access to ${whatIsAsked(request)} could not be given. ${left}`
  const blocks: KnownBlock[] = [section(text)]
  const why = grant?.status === 'activation_failed' ? grant.failure.message : revocationReason(grant)
  if (why) blocks.push({ type: 'context', elements: [plain(why)] })
  blocks.push(context('Mend what it says; then the requester can ask again.'))
  return { text, blocks }
}

export function threadEndedWords(story: RequestStory): Words {
  const { grant } = story
  const gone = grant && 'removed' in grant ? grant.removed : null
  const text = gone
    ? `Access is gone. ${causeWords(story)}. Read back at the target ${moment(gone.readAt, 'exact')}:`
    : ['Access is being removed.', causeWords(story)].join(' ').trim()
  const blocks: KnownBlock[] = [section(text)]
  if (gone) blocks.push({ type: 'context', elements: [plain(gone.summary)] })
  return { text, blocks }
}

/** Where an activation failed and its remains are taken back, the reason of that says what failed. */
function revocationReason(grant: RequestStory['grant']): string | null {
  return grant && 'revocation' in grant ? grant.revocation.reason : null
}
