import type { Memberships } from '../../domain/connector.ts'
import { rolePrefix } from './names.ts'
import type { PostgresEntitlement } from './schema.ts'
import type { Operation } from './target.ts'

/**
 * The roles with a login that are members of prepared roles, directly or through others. Superusers have everything, and Daypass lends
 * these roles, so both are left out. Privileges on objects reach people in many ways, so they are not listed.
 */
export async function listMembers(
  operation: Operation,
  offers: ReadonlyMap<string, PostgresEntitlement>,
): Promise<Memberships> {
  const prepared = [...offers].flatMap(([entitlementId, { roles = [] }]) =>
    roles.map((role) => ({ entitlementId, role })),
  )
  const roles = [...new Set(prepared.map(({ role }) => role))]
  const rows = await operation.session((session) =>
    session.query<{ role: string; member: string }>(readMembers, [roles, rolePrefix]),
  )
  const members = prepared.flatMap(({ entitlementId, role }) =>
    rows
      .filter((row) => row.role === role)
      .map(({ member }) => ({ login: member, entitlementId, detail: `${member} is a member of ${role}` })),
  )
  const notListed = [...offers]
    .filter(([, { privileges = [] }]) => privileges.length > 0)
    .map(([entitlementId]) => entitlementId)
  return { members, notListed }
}

const readMembers = `
select r.rolname as role, m.rolname as member
from pg_roles r join pg_roles m on m.oid <> r.oid and m.rolcanlogin and not m.rolsuper and m.rolname <> current_user
  and pg_has_role(m.oid, r.oid, 'MEMBER')
where r.rolname = any ($1::text[]) and not starts_with(m.rolname, $2)
order by 1, 2`
