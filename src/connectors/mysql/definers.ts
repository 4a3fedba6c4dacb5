import { definerDatabases } from './privileges.ts'
import type { MysqlEntitlement } from './schema.ts'
import type { Session } from './target.ts'

/**
 * Views, routines, triggers and events that a dropped user made. They run with the rights of that user, so they give nothing any
 * more; nobody gets a user of the same name later. Looked for only in databases in which the lease could make such objects.
 */
export async function definersLeft(
  session: Session,
  content: MysqlEntitlement | null,
  user: string,
): Promise<string[]> {
  const databases = definerDatabases(content)
  if (databases.length === 0) return []
  const rows = await session.query<{ kind: string; db: string; name: string; definer: string }>(
    `select 'view' as kind, table_schema as db, table_name as name, definer from information_schema.views where table_schema in (?)
      union all select lower(routine_type), routine_schema, routine_name, definer from information_schema.routines where routine_schema in (?)
      union all select 'trigger', trigger_schema, trigger_name, definer from information_schema.triggers where trigger_schema in (?)
      union all select 'event', event_schema, event_name, definer from information_schema.events where event_schema in (?)`,
    [databases, databases, databases, databases],
  )
  return rows
    .filter(({ definer }) => definer.startsWith(`${user}@`))
    .map(({ kind, db, name }) => `${kind} ${db}.${name}`)
}
