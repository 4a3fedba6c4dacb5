import { outdatedButton } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ShortcutListener } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { emptyForm, requestForm } from './form.ts'
import { reasonFrom } from './message-reason.ts'

/** `Request access` in the composer: opens the form. */
export function requestShortcut({ opener }: Pick<FeatureParts, 'opener'>): ShortcutListener {
  return async ({ triggerId }, reply) => {
    await reply.acknowledge()
    await opener.open(triggerId, requestForm(emptyForm), reply)
  }
}

/** `Request access for this` on a message: opens the form with the message as the reason. The person can change it. */
export function requestAboutMessageShortcut(
  parts: Pick<FeatureParts, 'opener' | 'directory' | 'identity'>,
): ShortcutListener {
  return async ({ triggerId, message, responseUrl }, reply) => {
    await reply.acknowledge()
    if (!message) return reply.ephemeral(textMessage(outdatedButton))
    const reason = await reasonFrom(parts, message)
    const form = { ...emptyForm, ...reason, responseUrl, aboutMessage: true }
    await parts.opener.open(triggerId, requestForm(form), reply)
  }
}
