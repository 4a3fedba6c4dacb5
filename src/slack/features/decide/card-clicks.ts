import type { Catalog } from '../../../domain/catalog.ts'
import type { Opener } from '../../api/open-view.ts'
import type { ActionListener } from '../../edge/listener.ts'
import type { ActionPayload } from '../../edge/payload.ts'
import type { Reply } from '../../edge/reply.ts'
import {
  closedWordsFor,
  foreignCard,
  overSentence,
  refusedWords,
  repeatedSentence,
  unknownRequest,
} from '../../kit/answers.ts'
import { says } from '../../kit/blocks.ts'
import { parseRequestId } from '../../kit/ids.ts'
import type { SlackUsecases } from '../../slack-usecases.ts'
import { denyForm, revokeForm } from './views.ts'

type Using<Name extends keyof SlackUsecases> = { readonly usecases: Pick<SlackUsecases, Name | 'adoptCard'> }

/** Approve. The decision is on record before Slack hears that the click arrived; the card tells the rest. */
export function approveAction({
  usecases,
  catalog,
}: Using<'decideRequest'> & { catalog: Catalog }): ActionListener {
  return async (click, reply) => {
    const requestId = await requestOf(usecases, click, reply)
    if (!requestId) return
    const answer = await usecases.decideRequest({ by: click.by, requestId, verdict: 'approve', reason: null })
    switch (answer.kind) {
      case 'recorded':
        return reply.acknowledge()
      case 'repeated':
        return reply.whisper(says(repeatedSentence(answer.story, catalog)))
      case 'closed':
        return reply.whisper(closedWordsFor(answer.story))
      case 'refused':
        return reply.whisper(refusedWords(answer.policy))
      case 'invalid':
      case 'unknown':
        return reply.whisper(says(unknownRequest))
    }
  }
}

/** Deny… opens a form, for those whose word would count. */
export function denyAction({ usecases, opener }: Using<'mayDecide'> & { opener: Opener }): ActionListener {
  return async (click, reply) => {
    await reply.acknowledge()
    const requestId = await requestOf(usecases, click, reply)
    if (!requestId) return
    const answer = await usecases.mayDecide({ by: click.by, requestId })
    switch (answer.kind) {
      case 'may':
        await opener.open(click.triggerId, denyForm(answer.story), reply)
        return
      case 'closed':
        return reply.whisper(closedWordsFor(answer.story))
      case 'refused':
        return reply.whisper(refusedWords(answer.policy))
      case 'unknown':
        return reply.whisper(says(unknownRequest))
    }
  }
}

/** Revoke now… opens a form, for those who may. */
export function revokeAction({ usecases, opener }: Using<'mayRevoke'> & { opener: Opener }): ActionListener {
  return async (click, reply) => {
    await reply.acknowledge()
    const requestId = await requestOf(usecases, click, reply)
    if (!requestId) return
    const answer = await usecases.mayRevoke({ by: click.by, requestId })
    switch (answer.kind) {
      case 'may':
        await opener.open(click.triggerId, revokeForm(answer.story), reply)
        return
      case 'over':
        return reply.whisper(says(overSentence(answer.story)))
      case 'refused':
        return reply.whisper(refusedWords(answer.policy))
      case 'unknown':
        return reply.whisper(says(unknownRequest))
    }
  }
}

/** The request that a card of ours stands for. A card that is not ours is told so, and null. */
async function requestOf(
  { adoptCard }: Pick<SlackUsecases, 'adoptCard'>,
  { value, channelId, messageTs }: ActionPayload,
  reply: Reply,
): Promise<string | null> {
  const requestId = parseRequestId(value)
  const at = channelId !== null && messageTs !== null ? { channelId, ts: messageTs } : null
  if (requestId && at && (await adoptCard({ requestId, at })) !== 'foreign') return requestId
  await reply.whisper(says(foreignCard))
  return null
}
