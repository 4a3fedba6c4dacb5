import { cancelRequest } from '../../../usecases/requests/cancel-request.ts'
import { closedAnswer, unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import type { FeatureParts } from '../feature.ts'
import { notYours } from './answers.ts'

/** Cancel request. The message with the button shows the result. */
export function cancelAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const requestId = parseRequestId(value)
    if (!requestId) return reply.ephemeral(textMessage(unknownRequest))
    const answer = await cancelRequest(ports, { by, requestId })
    switch (answer.kind) {
      case 'cancelled':
        return reply.acknowledge()
      case 'closed':
        return reply.ephemeral(closedAnswer(answer.history))
      case 'not_yours':
        return reply.ephemeral(textMessage(notYours))
      case 'unknown':
        return reply.ephemeral(textMessage(unknownRequest))
    }
  }
}
