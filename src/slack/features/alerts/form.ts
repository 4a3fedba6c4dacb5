import type { ModalView } from '@slack/types'
import { formatDuration } from '../../../domain/duration.ts'
import type { AlertView } from '../../../domain/noticing/alert.ts'
import { titleOfRule } from '../../../domain/noticing/all-rules.ts'
import { muteChoices } from '../../../usecases/noticing/answer-alert.ts'
import { context, section } from '../../kit/blocks.ts'
import { reasonForm } from '../../kit/reason-form.ts'
import { plain } from '../../kit/text.ts'
import { alertViewId, muteInput } from './ids.ts'
import { alertBlocks } from './messages.ts'

const notMuted = 'none'

/** Asks why an alert is fine, and for how long its rule may be quiet about the same. */
export function fineForm(view: AlertView): ModalView {
  const { alert, grant, requestReference } = view
  const form = reasonForm({
    callbackId: alertViewId,
    title: `It is fine · ${alert.reference}`,
    submit: 'It is fine',
    requestId: alert.id,
    about: [
      section(`*${titleOfRule(alert.rule)}*`),
      ...alertBlocks(view),
      ...(grant?.isToBeTakenBack && requestReference !== null
        ? [context(`To take the access back instead: \`/revoke ${requestReference}\``)]
        : []),
    ],
    label: 'Why is it fine?',
    hint: 'Everybody in the channel and the auditors read this.',
  })
  const options = [
    { text: plain('Tell us again'), value: notMuted },
    ...muteChoices.map((seconds) => ({
      text: plain(`Say nothing for ${formatDuration(seconds)}`),
      value: String(seconds),
    })),
  ]
  return {
    ...form,
    blocks: [
      ...form.blocks,
      {
        type: 'input',
        block_id: 'mute',
        label: plain('If the same rule notices the same again'),
        element: {
          type: 'static_select',
          action_id: muteInput,
          options,
          ...(options[0] ? { initial_option: options[0] } : {}),
        },
      },
    ],
  }
}

/** Null: tell again. A value that no form has counts as that. */
export function muteSecondsIn(typed: string | null): number | null {
  return muteChoices.find((seconds) => String(seconds) === typed) ?? null
}
