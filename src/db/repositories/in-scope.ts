import { eq, type SQL } from 'drizzle-orm'
import type { Scope } from '../../domain/freeze.ts'
import { accounts } from '../schema/accounts.ts'
import type { grants } from '../schema/grants.ts'
import type { requests } from '../schema/requests.ts'

/** For a join with the accounts of holders or requesters. */
export function inScope(
  scope: Scope,
  resourceId: typeof grants.resourceId | typeof requests.resourceId,
): SQL | undefined {
  switch (scope.kind) {
    case 'person':
      return eq(accounts.personId, scope.account.personId)
    case 'resource':
      return eq(resourceId, scope.resourceId)
    case 'all':
      return undefined
  }
}
