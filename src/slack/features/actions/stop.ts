import { stopRunOfOther } from '../../../usecases/runs/stop-run.ts'
import { refusedAnswer, unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import { requestOfCard } from '../../kit/card-request.ts'
import type { ActionListener } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { isOver, stopping } from './answers.ts'

/** Stop run, on the owners' card. */
export function stopRunAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async (click, reply) => {
    await reply.acknowledge()
    const requestId = await requestOfCard(ports, click, reply)
    if (!requestId) return
    const answer = await stopRunOfOther(ports, { by: click.by, requestId })
    switch (answer.kind) {
      case 'cancelled':
        return
      case 'asked':
        return reply.ephemeral(textMessage(stopping))
      case 'over':
        return reply.ephemeral(textMessage(isOver))
      case 'refused':
        return reply.ephemeral(refusedAnswer(answer.policy))
      case 'unknown':
        return reply.ephemeral(textMessage(unknownRequest))
    }
  }
}
