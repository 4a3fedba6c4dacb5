import type { KnownBlock } from '@slack/types'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { TaskDirection, TaskWithPeople } from '../../domain/task.ts'
import { mention, mentionAny, moment, mrkdwn, plain } from './text.ts'

/** More people are not mentioned. */
const mostMentioned = 10

/** Who is asked to do a task. mrkdwn. */
export function askedText({ assignees }: Pick<TaskWithPeople, 'assignees'>): string {
  const more = assignees.length > mostMentioned ? ` and ${assignees.length - mostMentioned} more` : ''
  return `${assignees.slice(0, mostMentioned).map(mentionAny).join(' ')}${more}`
}

/** What a person who answered did. */
const verbs: Readonly<Record<TaskDirection, { readonly done: string; readonly todo: string }>> = {
  give: { done: 'Given', todo: 'give it' },
  take_away: { done: 'Taken away', todo: 'take it away' },
}

/** The tasks of a request in short: who is asked or has answered, and what they wrote, as plain text. */
export function taskBlocks({ tasks }: Pick<RequestHistory, 'tasks'>, longest = 250): KnownBlock[] {
  return tasks.flatMap((task) => [...refusalBlocks(task, longest), ...stateBlocks(task, longest)])
}

function stateBlocks(task: TaskWithPeople, longest: number): KnownBlock[] {
  const { todo } = verbs[task.direction]
  switch (task.status) {
    case 'open':
      return [line(`Asked to ${todo}, ${moment(task.openedAt)}: ${askedText(task)}`)]
    case 'refused':
      return []
    case 'done':
      return [
        line(
          `${doneText(task)}, attested, not proven. What was done, and the evidence:`,
          plain(task.report.whatWasDone, longest),
          plain(task.report.evidence, longest),
        ),
      ]
    case 'withdrawn':
      return [
        line(`Nobody had answered the task to ${todo}, so it was withdrawn ${moment(task.withdrawnAt)}`),
      ]
  }
}

/** Somebody cannot do it. Null: nobody said so. */
export function refusalBlocks(
  { direction, refuser, ...task }: TaskWithPeople,
  longest: number,
): KnownBlock[] {
  const refusal = 'refusal' in task ? task.refusal : null
  if (!refusal || !refuser) return []
  const who = mention(refuser.userId)
  return [
    line(`*${who} cannot ${verbs[direction].todo}*, ${moment(refusal.at)}:`, plain(refusal.reason, longest)),
  ]
}

/** `Given by @dana, 14:05`. mrkdwn. */
export function doneText(task: TaskWithPeople): string {
  if (task.status !== 'done') return ''
  const by = task.doer ? mention(task.doer.userId) : 'somebody'
  return `${verbs[task.direction].done} by ${by}, ${moment(task.doneAt)}`
}

function line(text: string, ...typed: ReturnType<typeof plain>[]): KnownBlock {
  return { type: 'context', elements: [mrkdwn(text), ...typed] }
}
