import { cancelRun } from '../../../usecases/runs/cancel-run.ts'
import { unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import type { FeatureParts } from '../feature.ts'
import { notYours } from '../my-access/answers.ts'
import { isOver, stopping } from './answers.ts'

/** Cancel run. The messages show what became of it. */
export function cancelRunAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const requestId = parseRequestId(value)
    if (!requestId) return reply.ephemeral(textMessage(unknownRequest))
    const answer = await cancelRun(ports, { by, requestId })
    switch (answer.kind) {
      case 'cancelled':
        return reply.acknowledge()
      case 'asked':
        return reply.ephemeral(textMessage(stopping))
      case 'over':
        return reply.ephemeral(textMessage(isOver))
      case 'not_yours':
        return reply.ephemeral(textMessage(notYours))
      case 'unknown':
        return reply.ephemeral(textMessage(unknownRequest))
    }
  }
}
