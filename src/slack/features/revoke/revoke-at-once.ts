import { revokeNow } from '../../../usecases/grants/revoke-now.ts'
import { overSentence, refusedAnswer, unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import { requestOfCard } from '../../kit/card-request.ts'
import type { ActionListener } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'

const reason = 'Taken back from the message about the break-glass.'

/** Revoke now, after a confirmation. The message shows the result. */
export function revokeAtOnceAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async (click, reply) => {
    const requestId = await requestOfCard(ports, click, reply)
    if (!requestId) return
    const answer = await revokeNow(ports, { by: click.by, requestId, reason })
    switch (answer.kind) {
      case 'revoking':
        return reply.acknowledge()
      case 'over':
        return reply.ephemeral(textMessage(overSentence(answer.history)))
      case 'refused':
        return reply.ephemeral(refusedAnswer(answer.policy))
      case 'invalid':
      case 'unknown':
        return reply.ephemeral(textMessage(unknownRequest))
    }
  }
}
