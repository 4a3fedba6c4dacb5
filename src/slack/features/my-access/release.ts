import { releaseGrant } from '../../../usecases/grants/release-grant.ts'
import { notYours, overSentence, unknownRequest } from '../../kit/answers.ts'
import { says } from '../../kit/blocks.ts'
import { parseRequestId } from '../../kit/ids.ts'
import type { ActionListener } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'

/** I'm done: the message that bears the button tells the rest. */
export function releaseAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const requestId = parseRequestId(value)
    if (!requestId) return reply.whisper(says(unknownRequest))
    const answer = await releaseGrant(ports, { by, requestId })
    switch (answer.kind) {
      case 'releasing':
        return reply.acknowledge()
      case 'over':
        return reply.whisper(says(overSentence(answer.story)))
      case 'not_yours':
        return reply.whisper(says(notYours))
      case 'unknown':
        return reply.whisper(says(unknownRequest))
    }
  }
}
