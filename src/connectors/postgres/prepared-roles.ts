import { ConnectorError } from '../../domain/connector.ts'
import { rolePrefix } from './names.ts'
import { privilegedRoles } from './privileged-roles.ts'
import type { Session } from './target.ts'

/** The reasons against granting these roles, as text; none if all can be granted. */
export async function preparedRoleProblems(
  session: Pick<Session, 'query' | 'version'>,
  roles: readonly string[],
): Promise<string[]> {
  if (roles.length === 0) return []
  const rows = await session.query<{ role: string; found: boolean; reasons: string[] }>(readPrepared, [
    [...roles],
    privilegedRoles,
    rolePrefix,
    session.version < 160_000,
  ])
  return rows.flatMap(({ role, found, reasons }) =>
    found
      ? reasons.map(
          (reason) =>
            `role ${role} cannot be lent: ${reason}. Name another role in the catalog, or take that from it.`,
        )
      : [`role ${role} does not exist. Create it, or correct the catalog.`],
  )
}

/** Throws `misconfigured` unless every role exists and holds no power over the server. */
export async function requirePreparedRoles(
  session: Pick<Session, 'query' | 'version'>,
  roles: readonly string[],
): Promise<void> {
  const [problem] = await preparedRoleProblems(session, roles)
  if (problem) throw new ConnectorError('misconfigured', problem, { retryable: false })
}

/**
 * Powers count whether held directly or through any chain of memberships. Before Postgres 16 a member may act as the
 * role (`set role`), and a role may set its own password. So the holder of a role with login could keep it for good.
 */
const readPrepared = `
select w.role, r.oid is not null as found,
  coalesce((
    select jsonb_agg(distinct case when b.oid = r.oid then '' else 'through ' || b.rolname || ' ' end || p.power)
    from pg_roles b
    cross join lateral (
      select 'it is a superuser' where b.rolsuper
      union all select 'it may create roles' where b.rolcreaterole
      union all select 'it may replicate the whole server' where b.rolreplication
      union all select 'it bypasses row level security' where b.rolbypassrls
      union all select 'it may create databases' where b.rolcreatedb
      union all select 'it is ' || b.rolname where b.rolname = any ($2::text[])
      union all select 'it may log in, so on this version of Postgres its holder could give it a password and keep it'
        where $4::boolean and b.rolcanlogin
      union all select 'it may give role ' || g.rolname || ' to others for good'
        from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = b.oid and m.admin_option
      union all select 'it belongs to Daypass' where starts_with(b.rolname, $3)
    ) as p (power)
    where r.oid is not null and (b.oid = r.oid or (not r.rolsuper and pg_has_role(r.oid, b.oid, 'MEMBER')))
  ), '[]') as reasons
from unnest($1::text[]) as w (role) left join pg_roles r on r.rolname = w.role`
