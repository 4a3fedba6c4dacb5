import { cancelRequest } from '../../../usecases/requests/cancel-request.ts'
import { closedWordsFor, notYours, unknownRequest } from '../../kit/answers.ts'
import { says } from '../../kit/blocks.ts'
import { parseRequestId } from '../../kit/ids.ts'
import type { ActionListener } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'

/** Cancel request: the message that bears the button tells the rest. */
export function cancelAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const requestId = parseRequestId(value)
    if (!requestId) return reply.whisper(says(unknownRequest))
    const answer = await cancelRequest(ports, { by, requestId })
    switch (answer.kind) {
      case 'cancelled':
        return reply.acknowledge()
      case 'closed':
        return reply.whisper(closedWordsFor(answer.story))
      case 'not_yours':
        return reply.whisper(says(notYours))
      case 'unknown':
        return reply.whisper(says(unknownRequest))
    }
  }
}
