import { leaseUser } from './names.ts'
import type { Target } from './target.ts'

/** By the connections that are open now: https://mariadb.com/kb/en/information-schema-processlist-table/ */
export async function lastUsed(
  target: Target,
  orders: readonly { readonly grantId: string }[],
): Promise<(number | null)[]> {
  const users = orders.map(({ grantId }) => leaseUser(target.resourceId, grantId))
  const rows = await target.operation((session) =>
    session.query<{ user: string; seconds: number }>(
      `select user, min(if(command = 'Sleep', greatest(0, time), 0)) as seconds from information_schema.processlist
        where user in (?) group by user`,
      [users],
    ),
  )
  const known = new Map(rows.map(({ user, seconds }) => [user, Number(seconds)]))
  return users.map((user) => known.get(user) ?? null)
}
