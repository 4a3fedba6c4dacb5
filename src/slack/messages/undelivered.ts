import { purposes } from '../../domain/message.ts'
import type { OutgoingMessage, UndeliveredMessage } from '../../domain/messenger.ts'
import { context, type MessageContent, section } from '../kit/blocks.ts'
import { whatIsAsked } from '../kit/terms.ts'
import { clip } from '../kit/text.ts'

/** Slack refused messages about a request: the place, the reason, the next step. Edited after they are posted. */
export function undeliveredMessage({
  history,
  undelivered,
}: Pick<OutgoingMessage, 'history' | 'undelivered'>): MessageContent {
  const { request } = history
  const [first] = undelivered.filter(({ purpose }) => purposes[purpose].audience !== 'security')
  if (!first) {
    const text = isSettled(history)
      ? `${request.reference}: Slack refused messages about it. The request is over, so Daypass does not try again.`
      : `✅ ${request.reference}: every message about it is posted now.`
    return { text, blocks: [section(text)] }
  }
  const text = `📪 Messages about ${request.reference} (${whatIsAsked(request)}) cannot be posted ${placeOf(first)}.`
  return {
    text,
    blocks: [
      section(text),
      section(clip(first.problem, 2_000)),
      context(
        'Daypass tries again every minute until Slack takes the messages or the request is over. ' +
          'Other requests may have the same problem. There is only one message about it.',
      ),
    ],
  }
}

function placeOf({ channelId }: UndeliveredMessage): string {
  return channelId ? `in <#${channelId}>` : 'as direct messages'
}

function isSettled({ request, grant }: OutgoingMessage['history']): boolean {
  return request.status !== 'pending' && (!grant || 'endedAt' in grant)
}
