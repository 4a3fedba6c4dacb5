import { purposes } from '../../domain/message.ts'
import type { OutgoingMessage, UndeliveredMessage } from '../../domain/ports.ts'
import { context, type MessageContent, section } from '../kit/blocks.ts'
import { whatIsAsked } from '../kit/terms.ts'
import { clip } from '../kit/text.ts'

/** Slack did not take messages of a request: which, why, what to do. Edited once they are posted. */
export function undeliveredMessage({
  history,
  undelivered,
}: Pick<OutgoingMessage, 'history' | 'undelivered'>): MessageContent {
  const { request } = history
  const [first] = undelivered.filter(({ purpose }) => purposes[purpose].audience !== 'security')
  if (!first) {
    const text = isSettled(history)
      ? `${request.reference}: messages about it could not be posted. It is over now, so they are no longer tried.`
      : `✅ ${request.reference}: what could not be posted is posted now.`
    return { text, blocks: [section(text)] }
  }
  const text = `📪 Messages about ${request.reference} (${whatIsAsked(request)}) cannot be posted ${placeOf(first)}.`
  return {
    text,
    blocks: [
      section(text),
      section(clip(first.problem, 2_000)),
      context(
        'Daypass tries again every minute until it is mended or the request is over. ' +
          'Other requests may wait for the same reason; they are not told of one by one.',
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
