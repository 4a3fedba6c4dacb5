import type { InputBlock, ModalView } from '@slack/types'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { longestReportText, type TaskWithPeople } from '../../../domain/task.ts'
import { context, section } from '../../kit/blocks.ts'
import { reasonForm } from '../../kit/reason-form.ts'
import { plain } from '../../kit/text.ts'
import { cannotViewId, doneViewId, taskInputIds } from './ids.ts'
import { workBlocks, workSentence } from './messages.ts'
import { taskValue } from './value.ts'

const audited = 'Auditors and owners read this. Never write a password, a key or a token.'

/** Asks the person who did it for the evidence. The form shows the task as it is stored, whatever the message said. */
export function doneForm(history: RequestHistory, task: TaskWithPeople): ModalView {
  const isGiving = task.direction === 'give'
  return {
    type: 'modal',
    callback_id: doneViewId,
    private_metadata: taskValue({ requestId: history.request.id, direction: task.direction }),
    title: plain(`${isGiving ? 'Given' : 'Taken away'}: ${history.request.reference}`, 24),
    submit: plain('Done'),
    close: plain('Back'),
    blocks: [
      section(`You were asked to ${workSentence(history, task)}.`),
      ...workBlocks(history, task),
      textInput('whatWasDone', 'What did you do?', audited),
      textInput('evidence', 'Evidence', 'A link or a sentence by which somebody can check it later.'),
      ...(isGiving
        ? [
            textInput(
              'howToConnect',
              'How does the holder connect?',
              'An address or a place to sign in. Only the holder and auditors read this. Never a secret.',
              true,
            ),
          ]
        : []),
      context(
        isGiving
          ? 'With this the lease begins, and the person is told.'
          : 'With this the access counts as taken away. Nothing proves it but your word.',
      ),
    ],
  }
}

function textInput(
  field: keyof typeof taskInputIds,
  label: string,
  hint: string,
  optional = false,
): InputBlock {
  return {
    type: 'input',
    block_id: field,
    optional,
    label: plain(label),
    hint: plain(hint),
    element: {
      type: 'plain_text_input',
      action_id: taskInputIds[field],
      multiline: true,
      max_length: longestReportText,
    },
  }
}

/** Asks for the reason why it cannot be done. */
export function cannotForm(history: RequestHistory, task: TaskWithPeople): ModalView {
  const { request } = history
  return reasonForm({
    callbackId: cannotViewId,
    title: `Cannot do: ${request.reference}`,
    submit: 'Cannot do it',
    requestId: taskValue({ requestId: request.id, direction: task.direction }),
    about: [
      section(`You were asked to ${workSentence(history, task)}.`),
      context(
        task.direction === 'give'
          ? 'Take back first what you have given of it. Then nobody has the access, and the person has to ask again.'
          : 'Security is told at once. The task stays open until somebody has done it.',
      ),
    ],
    label: 'Why can it not be done?',
    hint: audited,
  })
}
