import type { Store } from '../domain/store.ts'
import type { TaskDirection } from '../domain/task.ts'
import type { Database } from './database.ts'
import { toTask } from './mapping/task.ts'
import type { TaskRow } from './schema/tasks.ts'
import { isUuid } from './text.ts'

/** The tasks of people, outside a transaction. */
export function tasksOn({ sql }: Database): Store['tasks'] {
  return {
    async find(grantId, direction) {
      if (!isUuid(grantId)) return null
      const [row] = await sql<TaskRow[]>`
        select * from tasks where grant_id = ${grantId} and direction = ${direction}`
      return row ? toTask(row) : null
    },
    async countOpen(resourceId) {
      const [row] = await sql<{ count: number }[]>`
        select count(*)::integer as count from tasks t join grants g on g.id = t.grant_id
        where t.status in ('open', 'refused') and not (t.status = 'refused' and t.direction = 'give')
          and g.resource_id = ${resourceId}`
      return row?.count ?? 0
    },
    async openFor({ names, exceptPersonId }, most) {
      const rows = await sql<{ requestId: string; direction: TaskDirection; total: number }[]>`
        select g.request_id, t.direction, count(*) over ()::integer as total
        from tasks t
          join grants g on g.id = t.grant_id
          join accounts holder on holder.id = g.holder_id
        where t.status in ('open', 'refused') and not (t.status = 'refused' and t.direction = 'give')
          and t.assignees && ${[...names]}::text[] and holder.person_id <> ${exceptPersonId}
        order by t.opened_at, t.id limit ${most}`
      return {
        rows: rows.map(({ requestId, direction }) => ({ requestId, direction })),
        total: rows[0]?.total ?? 0,
      }
    },
  }
}
