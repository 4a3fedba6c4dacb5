import { keepLease } from '../../../usecases/grants/keep-lease.ts'
import { keptSentence, unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import type { FeatureParts } from '../feature.ts'
import { notYours } from './answers.ts'

/** Keep: the holder still needs an idle lease. The message with the button shows the result. */
export function keepAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const requestId = parseRequestId(value)
    if (!requestId) return reply.ephemeral(textMessage(unknownRequest))
    const answer = await keepLease(ports, { by, requestId })
    switch (answer.kind) {
      case 'kept':
        return reply.acknowledge()
      case 'over':
        return reply.ephemeral(textMessage(keptSentence(answer.history)))
      case 'not_yours':
        return reply.ephemeral(textMessage(notYours))
      case 'unknown':
        return reply.ephemeral(textMessage(unknownRequest))
    }
  }
}
