import { taskDirections } from '../../../domain/task.ts'
import type { TaskKey } from '../../../usecases/tasks/answer-task.ts'
import { parseRequestId } from '../../kit/request-id.ts'

/** The value of a button about a task, and the metadata of its form. */
export function taskValue({ requestId, direction }: TaskKey): string {
  return `${requestId} ${direction}`
}

/** Null when `taskValue` did not make it. */
export function parseTaskValue(value: string): TaskKey | null {
  const requestId = parseRequestId(value)
  const direction = taskDirections.find((one) => value === `${requestId} ${one}`)
  return requestId && direction ? { requestId, direction } : null
}
