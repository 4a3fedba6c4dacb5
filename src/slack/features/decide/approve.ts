import { decideRequest } from '../../../usecases/requests/decide-request.ts'
import { closedAnswer, refusedAnswer, unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import { requestOfCard } from '../../kit/card-request.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { parseStage } from '../../kit/request-id.ts'
import type { FeatureParts } from '../feature.ts'
import { openProof } from '../step-up/ask.ts'
import { frozenDecisionSentence, notCountedSentence, repeatedSentence } from './answers.ts'

/** Approve. Records the decision before it acknowledges the click. The card shows the result. */
export function approveAction({ ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async (click, reply) => {
    const requestId = await requestOfCard(ports, click, reply)
    if (!requestId) return
    const answer = await decideRequest(ports, {
      by: click.by,
      requestId,
      verdict: 'approve',
      reason: null,
      stage: parseStage(click.value),
    })
    switch (answer.kind) {
      case 'recorded':
        return reply.acknowledge()
      case 'repeated':
        return reply.ephemeral(textMessage(repeatedSentence(answer.history, ports.catalog)))
      case 'closed':
        return reply.ephemeral(closedAnswer(answer.history))
      case 'moved_on':
      case 'not_needed':
        return reply.ephemeral(textMessage(notCountedSentence(answer.kind, answer.history, ports.catalog)))
      case 'frozen':
        return reply.ephemeral(textMessage(frozenDecisionSentence(answer.freeze)))
      case 'refused':
        return reply.ephemeral(refusedAnswer(answer.policy))
      case 'needs_proof':
        return openProof({ ports, opener }, click, answer.intent, reply)
      case 'invalid':
      case 'unknown':
        return reply.ephemeral(textMessage(unknownRequest))
    }
  }
}
