import { type GrantStatus, liveStatuses } from '../domain/grant.ts'
import type { Store } from '../domain/ports.ts'
import type { Database } from './database.ts'

/** The grants for which a target may still have something. */
export function liveGrantsIn({ sql }: Database): Store['liveGrantsAt'] {
  return async (resourceId) => {
    const rows = await sql<{ id: string; status: GrantStatus }[]>`
      select id, status from grants where resource_id = ${resourceId} and status in ${sql([...liveStatuses])}`
    return rows.map(({ id, status }) => ({ id, status }))
  }
}
