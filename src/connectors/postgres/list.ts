import type { Holding } from '../../domain/connector.ts'
import { grantIdFromRole, leaseRolePattern, parseLeaseComment } from './names.ts'
import type { Operation } from './target.ts'

/**
 * Lease roles of this resource that exist on the server. A role whose comment is gone could be any resource's, so every
 * resource of the server shows it.
 */
export async function listHoldings(operation: Operation, resourceId: string): Promise<Holding[]> {
  const roles = await operation.session((session) => session.query<ListedRole>(readRoles, [leaseRolePattern]))
  return roles.flatMap(({ name, comment, canLogin }) => {
    const said = parseLeaseComment(comment)
    if (said && said.resourceId !== resourceId) return []
    const state = canLogin ? 'can log in' : 'cannot log in'
    return said
      ? [{ grantId: said.grantId, detail: `role ${name} (${state}), ${said.about}` }]
      : [{ grantId: grantIdFromRole(name), detail: `role ${name} (${state}), its comment is gone` }]
  })
}

interface ListedRole {
  readonly name: string
  readonly comment: string
  readonly canLogin: boolean
}

const readRoles = `
select rolname as name, coalesce(shobj_description(oid, 'pg_authid'), '') as comment, rolcanlogin as "canLogin"
from pg_roles where rolname ~ $1 order by rolname`
