import type { KnownBlock, ModalView } from '@slack/types'
import type { FilledView } from './payload.ts'
import type { FormReply } from './reply.ts'
import { plain } from './text.ts'

/** A sentence or three; the use-case takes more, a channel should not have to read it. */
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
}

/** Asks one person for a reason, about one request. */
export function reasonForm({
  callbackId,
  title,
  submit,
  requestId,
  about,
  label,
  hint,
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
        },
      },
    ],
  }
}

/** The reason that was typed. */
export function typedReason(view: FilledView): string {
  return view.inputs.get(reasonInput)?.value ?? ''
}

/** Says beside the reason what is wrong with it. */
export function showReasonErrors(
  reply: FormReply,
  view: FilledView,
  problems: readonly { message: string }[],
): Promise<void> {
  const blockId = view.inputs.get(reasonInput)?.blockId ?? 'reason'
  return reply.errors({ [blockId]: problems.map(({ message }) => message).join(' ') })
}
