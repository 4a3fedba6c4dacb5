import { nudgeRequest } from '../../../usecases/requests/nudge-request.ts'
import { closedAnswer, unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import type { FeatureParts } from '../feature.ts'
import { notYours } from './answers.ts'

/** Nudge. The message with the button shows when it was. */
export function nudgeAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const requestId = parseRequestId(value)
    if (!requestId) return reply.ephemeral(textMessage(unknownRequest))
    const answer = await nudgeRequest(ports, { by, requestId })
    switch (answer.kind) {
      case 'nudged':
        return reply.acknowledge()
      case 'nudged_before':
        return reply.ephemeral(
          textMessage('You nudged them before, and can do it once. Or write to them yourself.'),
        )
      case 'closed':
        return reply.ephemeral(closedAnswer(answer.history))
      case 'not_yours':
        return reply.ephemeral(textMessage(notYours))
      case 'unknown':
        return reply.ephemeral(textMessage(unknownRequest))
    }
  }
}
