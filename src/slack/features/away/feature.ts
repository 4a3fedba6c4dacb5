import type { ModalView } from '@slack/types'
import { setAway } from '../../../usecases/people/set-away.ts'
import { section } from '../../kit/blocks.ts'
import type { ActionListener, Feature, FormListener } from '../../kit/listener.ts'
import { plain } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { awayActionIds, awayInputId, awayViewId } from './ids.ts'

/** People who decide say when they are away, on the Home tab. */
export function awayFeature(parts: FeatureParts): Feature {
  return {
    actions: { [awayActionIds.away]: awayAction(parts), [awayActionIds.back]: backAction(parts) },
    forms: { [awayViewId]: awayFormListener(parts) },
  }
}

function awayAction({ opener }: Pick<FeatureParts, 'opener'>): ActionListener {
  return async ({ triggerId }, reply) => {
    await reply.acknowledge()
    await opener.open(triggerId, awayForm(), reply)
  }
}

function backAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by }, reply) => {
    await setAway(ports, { by, lastDay: null })
    await reply.acknowledge()
  }
}

function awayFormListener({ ports }: Pick<FeatureParts, 'ports'>): FormListener {
  return async ({ by, view }, reply) => {
    const typed = view.inputs.get(awayInputId)
    const answer = await setAway(ports, { by, lastDay: typed?.value ?? '' })
    if (answer.kind === 'invalid')
      return reply.errors({ [typed?.blockId ?? 'until']: answer.problem.message })
    return reply.close()
  }
}

function awayForm(): ModalView {
  return {
    type: 'modal',
    callback_id: awayViewId,
    title: plain('Away'),
    submit: plain('Save'),
    close: plain('Back'),
    blocks: [
      section(
        'Until then reminders do not call you, and people who wait read that you are away. You can still decide. Nobody else may decide because of this.',
      ),
      {
        type: 'input',
        block_id: 'until',
        label: plain('The last day that you are away'),
        element: { type: 'datepicker', action_id: awayInputId },
      },
    ],
  }
}
