import type { Task, TaskRefusal } from '../../domain/task.ts'
import type { TaskRow } from '../schema/tasks.ts'
import { required } from './impossible-row.ts'

export function toTask(row: TaskRow): Task {
  const { id, grantId, direction, openedAt, assignees, channelId, readers, remindAfterSeconds } = row
  const { role, login, instructions, runbook, isUncertain } = row
  const base = {
    ...{ id, grantId, direction, openedAt, assignees, channelId, readers, remindAfterSeconds },
    work: { role, login, instructions, runbook, isUncertain },
  }
  switch (row.status) {
    case 'open':
      return { ...base, status: 'open' }
    case 'refused':
      return { ...base, status: 'refused', refusal: need(row, refusalOf(row), 'refused_at') }
    case 'done':
      return {
        ...base,
        status: 'done',
        doneAt: need(row, row.doneAt, 'done_at'),
        doneById: need(row, row.doneById, 'done_by_id'),
        report: {
          whatWasDone: need(row, row.whatWasDone, 'what_was_done'),
          evidence: need(row, row.evidence, 'evidence'),
          howToConnect: row.howToConnect,
        },
        refusal: refusalOf(row),
      }
    case 'withdrawn':
      return { ...base, status: 'withdrawn', withdrawnAt: need(row, row.withdrawnAt, 'withdrawn_at') }
  }
}

function refusalOf(row: TaskRow): TaskRefusal | null {
  if (row.refusedAt === null) return null
  return {
    at: row.refusedAt,
    byId: need(row, row.refusedById, 'refused_by_id'),
    reason: need(row, row.refusalReason, 'refusal_reason'),
  }
}

function need<T>(row: TaskRow, value: T | null, column: string): T {
  return required(value, 'tasks', row.id, column)
}

/** The columns of a new task. */
export function taskRow(task: Task) {
  const { id, grantId, direction, openedAt } = task
  return { id, grantId, direction, openedAt, ...taskState(task) }
}

/** The columns that may change. */
export function taskState(task: Task) {
  const { status, work, assignees, channelId, readers, remindAfterSeconds } = task
  const refusal = 'refusal' in task ? task.refusal : null
  const done = task.status === 'done' ? task : null
  return {
    ...{ status, channelId, remindAfterSeconds, ...work },
    assignees: [...assignees],
    readers: [...readers],
    doneAt: done?.doneAt ?? null,
    doneById: done?.doneById ?? null,
    whatWasDone: done?.report.whatWasDone ?? null,
    evidence: done?.report.evidence ?? null,
    howToConnect: done?.report.howToConnect ?? null,
    refusedAt: refusal?.at ?? null,
    refusedById: refusal?.byId ?? null,
    refusalReason: refusal?.reason ?? null,
    withdrawnAt: task.status === 'withdrawn' ? task.withdrawnAt : null,
  }
}
