import { type GrantStatus, liveStatuses } from '../domain/grant.ts'
import type { Store } from '../domain/store.ts'
import type { Database } from './database.ts'
import { content, facts, readJson } from './mapping/stored-json.ts'

/** The grants for which a target may still have something. */
export function liveGrantsIn({ sql }: Database): Store['liveGrantsAt'] {
  return async (resourceId) => {
    const rows = await sql<{ id: string; status: GrantStatus }[]>`
      select id, status from grants where resource_id = ${resourceId} and status in ${sql([...liveStatuses])}`
    return rows.map(({ id, status }) => ({ id, status }))
  }
}

/** A login stands on the grant before the target is changed. */
export function leasesOfLoginsIn({ sql }: Database): Store['leasesOfLogins'] {
  return async (resourceId, logins) => {
    const rows = await sql<LeaseRow[]>`
      select id, status, login, entitlement_id, approved_content, found_before from grants
      where resource_id = ${resourceId} and login = any(${[...logins]}) and status in ${sql([...liveStatuses])}
      order by id`
    return rows.map((row) => ({
      login: row.login,
      grantId: row.id,
      status: row.status,
      entitlementId: row.entitlementId,
      content: readJson(content, row.approvedContent, 'grants', row.id, 'approved_content'),
      ...(row.foundBefore === null
        ? {}
        : { before: readJson(facts, row.foundBefore, 'grants', row.id, 'found_before') }),
    }))
  }
}

interface LeaseRow {
  readonly id: string
  readonly status: GrantStatus
  readonly login: string
  readonly entitlementId: string
  readonly approvedContent: unknown
  readonly foundBefore: unknown
}
