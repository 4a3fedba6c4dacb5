import type { ActionsBlock, KnownBlock } from '@slack/types'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { isToDo, type TaskDirection, type TaskWithPeople } from '../../../domain/task.ts'
import {
  actions,
  button,
  context,
  header,
  type MessageContent,
  quoted,
  section,
  textMessage,
} from '../../kit/blocks.ts'
import { askedText, doneText, refusalBlocks } from '../../kit/tasks.ts'
import { leaseText, whyBlocks } from '../../kit/terms.ts'
import { code, inline, mention, moment, plain, withLinks } from '../../kit/text.ts'
import { taskActionIds } from './ids.ts'
import { taskValue } from './value.ts'

const nothing = 'This task is no longer there.'

/** The task, for those who are asked: what to do, and the buttons. Edited when somebody has answered. */
export function taskMessage(history: RequestHistory, direction: TaskDirection): MessageContent {
  const task = taskOf(history, direction)
  if (!task) return textMessage(nothing)
  const title = `${titleOf(task)} · ${history.request.reference}`
  if (!isToDo(task)) return { text: title, blocks: [header(title), ...overBlocks(task, history)] }
  return {
    text: `${title}: ${workSentence(history, task)}`,
    blocks: [
      header(title),
      section(`${askedText(task)} Please ${workSentence(history, task)}.`),
      ...workBlocks(history, task),
      ...refusalBlocks(task, 500),
      taskButtons(history, task),
      context(
        `Asked ${moment(task.openedAt)}. Those who are named here and the security leads can answer. ${mention(history.requester.userId)} cannot.`,
      ),
    ],
  }
}

/** Nobody has answered yet. Edited when somebody has. */
export function taskReminder(history: RequestHistory, direction: TaskDirection): MessageContent {
  const task = taskOf(history, direction)
  if (!task) return textMessage(nothing)
  const { reference } = history.request
  if (!isToDo(task)) return textMessage(`${reference}: ${overSentence(task)}.`)
  const text = `⏰ ${askedText(task)} ${reference} still waits. Please ${workSentence(history, task)}. Asked ${moment(task.openedAt)}.`
  return { text, blocks: [section(text), taskButtons(history, task)] }
}

export function taskOf({ tasks }: RequestHistory, direction: TaskDirection): TaskWithPeople | null {
  return tasks.find((task) => task.direction === direction) ?? null
}

/** "give @carla the role *Payroll approver* in *Payroll*". mrkdwn. */
export function workSentence(
  { request, requester }: RequestHistory,
  { direction, work }: TaskWithPeople,
): string {
  const { resourceName, environment } = request.terms
  const where = `*${inline(resourceName, 64)}*${environment === null ? '' : ` (${inline(environment, 32)})`}`
  const role = `*${inline(work.role, 150)}*`
  const who = mention(requester.userId)
  const login = work.login === null ? '' : `, login ${code(work.login)}`
  return direction === 'give'
    ? `give ${who} the role ${role} in ${where}${login}`
    : `take the role ${role} in ${where} away from ${who}${login}`
}

/** Instructions of the catalog, and what the person has to know. */
export function workBlocks(history: RequestHistory, { direction, work }: TaskWithPeople): KnownBlock[] {
  const { instructions, runbook, isUncertain } = work
  return [
    ...(isUncertain
      ? [section('Nobody has confirmed that it was given. See whether it is there; if it is, take it away.')]
      : []),
    ...(instructions === null ? [] : [quoted(instructions)]),
    ...(runbook === null ? [] : [section(`Runbook: ${withLinks(runbook)}`)]),
    ...(direction === 'give'
      ? [context(`*How long:* ${leaseText(history)}`), ...whyBlocks(history.request)]
      : []),
  ]
}

/** Done, and Cannot do it where nobody has said that yet. */
export function taskButtons(
  { request }: RequestHistory,
  { direction, status }: TaskWithPeople,
): ActionsBlock {
  const value = taskValue({ requestId: request.id, direction })
  return actions(
    button('Done…', taskActionIds.done, value, { style: 'primary' }),
    ...(status === 'open' ? [button('Cannot do it…', taskActionIds.cannot, value)] : []),
  )
}

function titleOf({ status, direction }: TaskWithPeople): string {
  const isGiving = direction === 'give'
  switch (status) {
    case 'open':
      return isGiving ? '✋ Give access' : '✋ Take access away'
    case 'refused':
      return isGiving ? '⛔ Cannot be given' : '🚨 Take access away'
    case 'done':
      return isGiving ? '✅ Given' : '✅ Taken away'
    case 'withdrawn':
      return '⚪ No longer needed'
  }
}

function overBlocks(task: TaskWithPeople, history: RequestHistory): KnownBlock[] {
  const report =
    task.status === 'done'
      ? [
          {
            type: 'context' as const,
            elements: [plain(task.report.whatWasDone, 500), plain(task.report.evidence, 500)],
          },
        ]
      : []
  return [
    section(`${overSentence(task)}: ${workSentence(history, task)}.`),
    ...refusalBlocks(task, 500),
    ...report,
  ]
}

/** How a task ended. mrkdwn. */
export function overSentence(task: TaskWithPeople): string {
  switch (task.status) {
    case 'done':
      return doneText(task)
    case 'refused':
      return `${task.refuser ? mention(task.refuser.userId) : 'Somebody'} cannot do it, ${moment(task.refusal.at)}`
    case 'withdrawn':
      return `No longer needed since ${moment(task.withdrawnAt)}`
    case 'open':
      return 'It waits for an answer'
  }
}
