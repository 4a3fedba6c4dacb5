import { answerLift, askLift } from '../../../usecases/holds/lift-hold.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener, Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { liftText } from './answer.ts'
import { holdActionIds } from './ids.ts'

/** Legal holds: the buttons on their list and on messages to security. `/audit hold` is the command. */
export function holdsFeature({ ports }: FeatureParts): Feature {
  const answer =
    (confirmed: boolean): ActionListener =>
    async ({ by, value }, reply) =>
      reply.ephemeral(textMessage(liftText(await answerLift(ports, { by, reference: value, confirmed }))))
  return {
    actions: {
      [holdActionIds.askLift]: async ({ by, value }, reply) =>
        reply.ephemeral(textMessage(liftText(await askLift(ports, { by, reference: value })))),
      [holdActionIds.confirmLift]: answer(true),
      [holdActionIds.declineLift]: answer(false),
    },
  }
}
