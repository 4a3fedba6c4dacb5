import type { AccountKey } from '../../../usecases/_shared/person.ts'
import { adoptTaskMessage } from '../../../usecases/tasks/adopt-task-message.ts'
import {
  answerTask,
  mayAnswerTask,
  type NotAnswerable,
  type ReportField,
  type Said,
  type TaskAnswer,
} from '../../../usecases/tasks/answer-task.ts'
import { outdatedButton, unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener, FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import type { FilledView } from '../../kit/payload.ts'
import { showReasonErrors, typedReason } from '../../kit/reason-form.ts'
import type { FormReply } from '../../kit/reply.ts'
import type { FeatureParts } from '../feature.ts'
import { cannotForm, doneForm } from './forms.ts'
import { taskInputIds } from './ids.ts'
import { overSentence } from './messages.ts'
import { parseTaskValue } from './value.ts'

/** Done… and Cannot do it… open a form, for people who may answer this task. */
export function openFormAction(
  { ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>,
  kind: Said['kind'],
): ActionListener {
  return async ({ by, value, triggerId, channelId, messageTs }, reply) => {
    await reply.acknowledge()
    const task = parseTaskValue(value)
    if (!task) return reply.ephemeral(textMessage(outdatedButton))
    if (channelId !== null && messageTs !== null)
      await adoptTaskMessage(ports, { by, task, at: { channelId, ts: messageTs } })
    const answer = await mayAnswerTask(ports, { by, task, kind })
    if (answer.kind !== 'may') return reply.ephemeral(textMessage(notAnswered(answer)))
    const form = kind === 'done' ? doneForm : cannotForm
    await opener.open(triggerId, form(answer.history, answer.task), reply)
  }
}

/** Handles the form of somebody who did it. */
export function doneFormListener({ ports }: Pick<FeatureParts, 'ports'>): FormListener {
  return async ({ by, view }, reply) => {
    const task = parseTaskValue(view.privateMetadata)
    if (!task) return reply.show(noticeView('Not recorded', outdatedButton))
    const typed = (field: keyof typeof taskInputIds) => view.inputs.get(taskInputIds[field])?.value ?? null
    const said: Said = {
      kind: 'done',
      whatWasDone: typed('whatWasDone') ?? '',
      evidence: typed('evidence') ?? '',
      howToConnect: task.direction === 'give' ? typed('howToConnect') : null,
    }
    const answer = await answerTask(ports, { by, task, said })
    if (answer.kind === 'invalid') return reply.errors(errorsBeside(view, answer.problems))
    return close(reply, by, answer)
  }
}

/** Handles the form of somebody who cannot do it. */
export function cannotFormListener({ ports }: Pick<FeatureParts, 'ports'>): FormListener {
  return async ({ by, view }, reply) => {
    const task = parseTaskValue(view.privateMetadata)
    if (!task) return reply.show(noticeView('Not recorded', outdatedButton))
    const said = { kind: 'cannot', reason: typedReason(view) } as const
    const answer = await answerTask(ports, { by, task, said })
    if (answer.kind === 'invalid') return showReasonErrors(reply, view, answer.problems)
    return close(reply, by, answer)
  }
}

function close(
  reply: FormReply,
  { userId }: AccountKey,
  answer: Exclude<TaskAnswer, { kind: 'invalid' }>,
): Promise<void> {
  if (answer.kind === 'answered') return reply.close()
  // The same form, delivered twice.
  if (
    answer.kind === 'answered_before' &&
    [answer.task.doer, answer.task.refuser].some((by) => by?.userId === userId)
  )
    return reply.close()
  return reply.show(noticeView('Not recorded', notAnswered(answer)))
}

function errorsBeside(
  view: FilledView,
  problems: readonly { readonly field: ReportField; readonly message: string }[],
): Record<string, string> {
  const blockOf = (field: ReportField) =>
    (field === 'reason' ? undefined : view.inputs.get(taskInputIds[field])?.blockId) ?? field
  return Object.fromEntries(problems.map(({ field, message }) => [blockOf(field), message]))
}

function notAnswered(answer: NotAnswerable): string {
  switch (answer.kind) {
    case 'unknown':
      return unknownRequest
    case 'answered_before':
      return `${answer.history.request.reference} is answered already. ${overSentence(answer.task)}.`
    case 'not_needed':
      return (
        `${answer.history.request.reference} is no longer to be given, so your answer was not recorded as done. ` +
        'If you have given it, take it away, and answer the task that asks for that.'
      )
    case 'refused':
      return `⛔ ${refusals[answer.because]}`
  }
}

const refusals = {
  own_access:
    'Nobody answers the task about their own access, also not by another account. Nothing was changed.',
  not_asked:
    'Only those who are named in the task and the security leads can answer it. Nothing was changed.',
  guest:
    'A guest can answer only where the catalog names the guest, and not a user group. Nothing was changed.',
  account: 'This account cannot answer tasks. Nothing was changed.',
} as const satisfies Record<Extract<NotAnswerable, { kind: 'refused' }>['because'], string>
