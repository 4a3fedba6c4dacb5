import { leaseRole } from './names.ts'
import type { Operation } from './target.ts'

/**
 * By the sessions that are open now. One whose state the admin may not read counts as in use: reading it needs
 * `pg_read_all_stats`, or the rights of the lease role.
 */
export async function lastUsed(
  operation: Operation,
  orders: readonly { readonly grantId: string }[],
): Promise<(number | null)[]> {
  const roles = orders.map(({ grantId }) => leaseRole(grantId))
  const rows = await operation.session((session) =>
    session.query<{ role: string; seconds: number }>(readSessions, [roles]),
  )
  const known = new Map(rows.map(({ role, seconds }) => [role, seconds]))
  return roles.map((role) => known.get(role) ?? null)
}

const readSessions = `
select usename as role, min(case when state = 'active' or state_change is null then 0
  else greatest(0, extract(epoch from clock_timestamp() - state_change)) end)::float8 as seconds
from pg_stat_activity where usename = any($1) group by usename`
