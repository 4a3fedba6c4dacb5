import type { KnownBlock, ModalView } from '@slack/types'
import type { FilledView } from './payload.ts'
import type { FormReply } from './reply.ts'
import { plain } from './text.ts'

/** The use-case takes more, but the reason is also posted in a channel. */
const longestReason = 500
const reasonInput = 'daypass.form.reason'

export interface ReasonForm {
  readonly callbackId: string
  readonly title: string
  readonly submit: string
  readonly requestId: string
  readonly about: KnownBlock[]
  readonly label: string
  readonly hint: string
  /** Text that the person has typed already. */
  readonly initial?: string
}

/**
 * Asks one person for a reason, about one request. Titles and buttons have at most 24 characters:
 * https://docs.slack.dev/reference/views/modal-views
 */
export function reasonForm({
  callbackId,
  title,
  submit,
  requestId,
  about,
  label,
  hint,
  initial = '',
}: ReasonForm): ModalView {
  return {
    type: 'modal',
    callback_id: callbackId,
    private_metadata: requestId,
    title: plain(title, 24),
    submit: plain(submit, 24),
    close: plain('Back'),
    blocks: [
      ...about,
      {
        type: 'input',
        block_id: 'reason',
        label: plain(label),
        hint: plain(hint),
        element: {
          type: 'plain_text_input',
          action_id: reasonInput,
          multiline: true,
          max_length: longestReason,
          ...(initial === '' ? {} : { initial_value: initial.slice(0, longestReason).toWellFormed() }),
        },
      },
    ],
  }
}

/** The reason in a submitted form. */
export function typedReason(view: FilledView): string {
  return view.inputs.get(reasonInput)?.value ?? ''
}

/** Shows problems beside the field of the reason. */
export function showReasonErrors(
  reply: FormReply,
  view: FilledView,
  problems: readonly { message: string }[],
): Promise<void> {
  const blockId = view.inputs.get(reasonInput)?.blockId ?? 'reason'
  return reply.errors({ [blockId]: problems.map(({ message }) => message).join(' ') })
}
