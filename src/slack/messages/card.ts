import type { KnownBlock } from '@slack/types'
import type { Catalog } from '../../domain/catalog.ts'
import type { RequestStory } from '../../domain/story.ts'
import { decideActionIds } from '../features/decide/ids.ts'
import { revokeActionId } from '../features/revoke/ids.ts'
import { actions, button, context, header, section, type Words } from '../kit/blocks.ts'
import { outcomeBlocks, progressWords } from '../kit/outcome.ts'
import { headlineOf, type Phase, phaseOf } from '../kit/phase.ts'
import { policyWords, termsFields, whatIsAsked, whyBlocks } from '../kit/terms.ts'
import { mention, moment } from '../kit/text.ts'

/** The card in the owners' channel: all that an approver decides on, and what became of it. */
export function cardWords(story: RequestStory, catalog: Catalog): Words {
  const { request, requester } = story
  const phase = phaseOf(story)
  const blocks: KnownBlock[] = [
    header(`${headlineOf(phase)} · ${request.reference}`),
    section(`${mention(requester.userId)} asks for ${whatIsAsked(request)}`),
    { type: 'section', fields: termsFields(story) },
    ...whyBlocks(request),
    context(policyWords(request.policy)),
    ...progressBlocks(story, phase, catalog),
    ...outcomeBlocks(story),
    ...buttonBlocks(story, phase),
  ]
  return { text: fallback(story, phase), blocks }
}

function fallback({ request, requester }: RequestStory, phase: Phase): string {
  return `${headlineOf(phase)} · ${request.reference}: ${mention(requester.userId)} asks for ${whatIsAsked(request)}`
}

function progressBlocks(story: RequestStory, phase: Phase, catalog: Catalog): KnownBlock[] {
  if (phase !== 'pending') return []
  return [
    context(
      `*${progressWords(story, catalog)}* · expires ${moment(story.request.expiresAt)} if nobody decides`,
    ),
  ]
}

/** Buttons carry the request's id and nothing else. */
function buttonBlocks({ request }: RequestStory, phase: Phase): KnownBlock[] {
  switch (phase) {
    case 'pending':
      return [
        actions(
          button('Approve', decideActionIds.approve, request.id, { style: 'primary' }),
          button('Deny…', decideActionIds.deny, request.id, { style: 'danger' }),
        ),
      ]
    case 'activating':
    case 'active':
      return [actions(button('Revoke now…', revokeActionId, request.id, { style: 'danger' }))]
    default:
      return []
  }
}
