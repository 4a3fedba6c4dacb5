import { addSeconds } from 'date-fns/addSeconds'
import type { Grant } from '../../domain/grant.ts'
import { grantMessage, taskDirectionOf, taskVariant } from '../../domain/message.ts'
import type { Task } from '../../domain/task.ts'
import type { Transaction } from '../../domain/transaction.ts'

/** Orders the message of a task to everybody who is asked, from the reader at `first` on, or one in the channel. */
export async function orderTaskMessages(
  tx: Transaction,
  grant: Pick<Grant, 'id' | 'requestId'>,
  task: Task,
  at: Date,
  { reminder = 0, first = 0 } = {},
): Promise<void> {
  const purpose =
    reminder === 0 ? (`task:${task.direction}` as const) : (`task:${task.direction}_reminder` as const)
  const places = task.channelId === null ? task.readers.map((_, place) => place).slice(first) : [0]
  for (const place of places) {
    const message = grantMessage(grant, purpose, taskVariant(reminder, place))
    await tx.outbox.add({ kind: 'deliver_message', ...message }, at)
  }
}

/** Orders an edit of each posted message about the task, so that it shows the present state. */
export async function redrawTask(
  tx: Transaction,
  grant: Pick<Grant, 'id' | 'requestId'>,
  { direction }: Pick<Task, 'direction'>,
  at: Date,
): Promise<void> {
  const posted = await tx.messages.list([{ kind: 'grant', id: grant.id }])
  const keys = new Map(
    posted
      .filter(({ purpose }) => taskDirectionOf(purpose) === direction)
      .map(({ purpose, variant }) => [`${purpose} ${variant}`, grantMessage(grant, purpose, variant)]),
  )
  for (const message of keys.values()) await tx.outbox.add({ kind: 'deliver_message', ...message }, at)
}

/** The pauses between reminders double, up to a day. */
const longestPauseSeconds = 86_400

/** When to remind for the time of this number, from 1. `since`: the time of the reminder before it, or of the task. */
export function remindAt(
  { remindAfterSeconds }: Pick<Task, 'remindAfterSeconds'>,
  number: number,
  since: Date,
): Date {
  return addSeconds(since, Math.min(longestPauseSeconds, remindAfterSeconds * 2 ** Math.min(number - 1, 20)))
}
