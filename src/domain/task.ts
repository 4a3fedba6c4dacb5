import type { Account } from './account.ts'

/** What a person does at a target that has no API: gives an access, or takes it away. */
export const taskDirections = ['give', 'take_away'] as const
export type TaskDirection = (typeof taskDirections)[number]

/**
 * `refused`: the person cannot do it. A task to take away can be done after that; a task to give cannot. `withdrawn`: nobody
 * needs it any more, and nobody had answered.
 */
export const taskStatuses = ['open', 'refused', 'done', 'withdrawn'] as const
export type TaskStatus = (typeof taskStatuses)[number]

/** The work, in the words of the catalog. */
export interface TaskWork {
  /** What is given or taken away: "Payroll approver". */
  readonly role: string
  /** The login at the target to which it belongs. Null: the person has no other name there. */
  readonly login: string | null
  readonly instructions: string | null
  /** The address of a page that says how it is done. */
  readonly runbook: string | null
  /** Of a task to take away: nobody has confirmed that it was given, so it may not be there. */
  readonly isUncertain: boolean
}

/** What a person wrote who did a task. Never a secret. */
export interface TaskReport {
  readonly whatWasDone: string
  /** A text or a link. */
  readonly evidence: string
  /** How the holder connects. Null: it was not said, or there is nothing to say. */
  readonly howToConnect: string | null
}

/** The longest of these texts. A text object of Slack holds 3,000. */
export const longestReportText = 1_000

export interface TaskRefusal {
  readonly at: Date
  readonly byId: string
  readonly reason: string
}

interface TaskBase {
  readonly id: string
  readonly grantId: string
  readonly direction: TaskDirection
  readonly openedAt: Date
  readonly work: TaskWork
  /** Who may answer, besides the security leads: Slack users and user groups. */
  readonly assignees: readonly string[]
  /** The channel of the message. Null: each of `readers` has a direct message. */
  readonly channelId: string | null
  /** Everybody who was asked in a direct message, also those who are no longer asked. The place in the list is in the message's key. */
  readonly readers: readonly string[]
  readonly remindAfterSeconds: number
}

export type OpenTask = TaskBase & { readonly status: 'open' }
export type RefusedTask = TaskBase & { readonly status: 'refused'; readonly refusal: TaskRefusal }
export type DoneTask = TaskBase & {
  readonly status: 'done'
  readonly doneAt: Date
  readonly doneById: string
  readonly report: TaskReport
  /** Somebody had said before that it cannot be done. */
  readonly refusal: TaskRefusal | null
}
export type WithdrawnTask = TaskBase & { readonly status: 'withdrawn'; readonly withdrawnAt: Date }

/** Work at a target that only a person can do, for one grant. There is one of each direction at most. */
export type Task = OpenTask | RefusedTask | DoneTask | WithdrawnTask

export type TaskWithPeople = Task & {
  /** Who did it. Null: nobody yet. */
  readonly doer: Account | null
  /** Who could not do it. */
  readonly refuser: Account | null
}

/** Legal transitions; Postgres refuses all others too (`tasks_move_legally`). */
export function mayBecome({ status, direction }: Task, next: TaskStatus): boolean {
  if (status === 'open') return next !== 'open'
  return status === 'refused' && direction === 'take_away' && next === 'done'
}

/** Whether somebody is still asked to do it. */
export function isToDo(task: Task): task is OpenTask | RefusedTask {
  return mayBecome(task, 'done')
}

/** What a connector asks a person to do. */
export interface TaskOrder {
  readonly grantId: string
  readonly resourceId: string
  readonly direction: TaskDirection
  readonly work: TaskWork
}

/**
 * The way in which a connector has work done by people. Whoever implements it keeps the tasks, asks the people, and has the
 * connector called again as soon as somebody has answered.
 */
export interface PersonTasks {
  /** The present time, by the clock of the tasks. */
  now(): Date
  /**
   * The task of this grant and direction. Opens it if there is none; one that is open gets the work and the people of now. Null:
   * it is to give, and the grant is no longer to be given.
   */
  ensure(order: TaskOrder): Promise<Task | null>
  /** Withdraws the task if nobody has answered it. Resolves with the task as it is then. Null: there is none. */
  withdraw(grantId: string, direction: TaskDirection): Promise<Task | null>
  /** Null: there is none. */
  find(grantId: string, direction: TaskDirection): Promise<Task | null>
  /** How many tasks of this resource wait for somebody. */
  countOpen(resourceId: string): Promise<number>
}
