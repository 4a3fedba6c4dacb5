import { outdatedButton } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { parseAgainValue } from './again-value.ts'
import { requestForm } from './form.ts'
import { formFor } from './form-state.ts'

/** Request again: opens the form for the same entitlement, with an empty reason. */
export function againAction({ ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async ({ by, value, triggerId, responseUrl }, reply) => {
    await reply.acknowledge()
    const again = parseAgainValue(value)
    if (!again) return reply.ephemeral(textMessage(outdatedButton))
    const form = await formFor(ports, by, {
      ...again,
      justification: '',
      ticket: null,
      responseUrl,
    })
    await opener.open(triggerId, requestForm(form), reply)
  }
}
