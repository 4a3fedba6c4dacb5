import { ConnectorError } from '../../domain/connector.ts'
import type { PersonTasks, Task, TaskDirection, TaskWork } from '../../domain/task.ts'
import { limited } from '../_shared/operation-limit.ts'

/** The tasks of one resource. All methods throw `ConnectorError`. */
export interface TaskList {
  now(): Date
  ensure(grantId: string, direction: TaskDirection, work: TaskWork): Promise<Task | null>
  withdraw(grantId: string, direction: TaskDirection): Promise<Task | null>
  find(grantId: string, direction: TaskDirection): Promise<Task | null>
  countOpen(): Promise<number>
}

export function openTaskList(resourceId: string, tasks: PersonTasks, timeoutSeconds: number): TaskList {
  const reach = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      // Once more: a connection that broke while nobody used it is found only now. Every method may be repeated.
      return await limited(resourceId, timeoutSeconds, ask().catch(ask))
    } catch (error) {
      if (error instanceof ConnectorError) throw error
      const message = `${resourceId}: the tasks of people could not be read or written. See that Daypass’s own database answers.`
      throw new ConnectorError('unreachable', message, { retryable: true, cause: error })
    }
  }
  return {
    now: () => tasks.now(),
    ensure: (grantId, direction, work) => reach(() => tasks.ensure({ grantId, resourceId, direction, work })),
    withdraw: (grantId, direction) => reach(() => tasks.withdraw(grantId, direction)),
    find: (grantId, direction) => reach(() => tasks.find(grantId, direction)),
    countOpen: () => reach(() => tasks.countOpen(resourceId)),
  }
}
