import { decideRequest } from '../../../usecases/requests/decide-request.ts'
import { closedWordsFor, refusedWords, repeatedSentence, unknownRequest } from '../../kit/answers.ts'
import { says } from '../../kit/blocks.ts'
import { requestOfCard } from '../../kit/card-request.ts'
import type { ActionListener } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'

/** Approve. The decision is on record before Slack hears that the click arrived; the card tells the rest. */
export function approveAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async (click, reply) => {
    const requestId = await requestOfCard(ports, click, reply)
    if (!requestId) return
    const answer = await decideRequest(ports, { by: click.by, requestId, verdict: 'approve', reason: null })
    switch (answer.kind) {
      case 'recorded':
        return reply.acknowledge()
      case 'repeated':
        return reply.whisper(says(repeatedSentence(answer.story, ports.catalog)))
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
