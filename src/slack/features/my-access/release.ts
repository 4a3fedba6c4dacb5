import { releaseGrant } from '../../../usecases/grants/release-grant.ts'
import { overSentence, unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import type { FeatureParts } from '../feature.ts'
import { notYours } from './answers.ts'

/** I'm done: releases the grant. The message with the button shows the result. */
export function releaseAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const requestId = parseRequestId(value)
    if (!requestId) return reply.ephemeral(textMessage(unknownRequest))
    const answer = await releaseGrant(ports, { by, requestId })
    switch (answer.kind) {
      case 'releasing':
        return reply.acknowledge()
      case 'over':
        return reply.ephemeral(textMessage(overSentence(answer.history)))
      case 'not_yours':
        return reply.ephemeral(textMessage(notYours))
      case 'unknown':
        return reply.ephemeral(textMessage(unknownRequest))
    }
  }
}
