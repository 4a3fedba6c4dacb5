import { and, eq, type SQL } from 'drizzle-orm'
import type { TaskDirection } from '../../domain/task.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { taskRow, taskState, toTask } from '../mapping/task.ts'
import { tasks } from '../schema/tasks.ts'
import { isUuid } from '../text.ts'

export function tasksIn({ db, pipeline }: Session): Transaction['tasks'] {
  return {
    insert: async (task) => {
      const { grantId, direction } = tasks
      const [row] = await db
        .insert(tasks)
        .values(taskRow(task))
        .onConflictDoNothing({ target: [grantId, direction] })
        .returning()
      return row ? toTask(row) : null
    },
    lock: async (grantId, direction) => {
      if (!isUuid(grantId)) return null
      const [row] = await db.select().from(tasks).where(isTask(grantId, direction)).for('no key update')
      return row ? toTask(row) : null
    },
    save: async (task) => pipeline(db.update(tasks).set(taskState(task)).where(eq(tasks.id, task.id))),
  }
}

function isTask(grantId: string, direction: TaskDirection): SQL | undefined {
  return and(eq(tasks.grantId, grantId), eq(tasks.direction, direction))
}
