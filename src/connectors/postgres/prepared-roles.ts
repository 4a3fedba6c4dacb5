import { ConnectorError } from '../../domain/connector.ts'
import { rolePrefix } from './names.ts'
import type { Session } from './target.ts'

/** Predefined roles that amount to the whole server: its files, its programs, its password verifiers. */
const almightyRoles = [
  'pg_execute_server_program',
  'pg_write_server_files',
  'pg_read_server_files',
  'pg_read_all_data',
  'pg_write_all_data',
  'pg_create_subscription',
  'pg_maintain',
  'pg_signal_backend',
]

/** What speaks against lending these roles, in words; nothing when all is well. */
export async function preparedRoleProblems(session: Session, roles: readonly string[]): Promise<string[]> {
  if (roles.length === 0) return []
  const rows = await session.query<{ role: string; found: boolean; reasons: string[] }>(readPrepared, [
    [...roles],
    almightyRoles,
    rolePrefix,
  ])
  return rows.flatMap(({ role, found, reasons }) =>
    found
      ? reasons.map(
          (reason) =>
            `role ${role} cannot be lent: ${reason}. Name a role with no such power in the catalog.`,
        )
      : [`role ${role} does not exist. Create it, or correct the catalog.`],
  )
}

/** Throws `misconfigured` unless every role exists and holds no power over the server. */
export async function requirePreparedRoles(session: Session, roles: readonly string[]): Promise<void> {
  const [problem] = await preparedRoleProblems(session, roles)
  if (problem) throw new ConnectorError('misconfigured', problem, { retryable: false })
}

/** Powers count whether held directly or through any chain of memberships. */
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
      union all select 'it belongs to Daypass' where starts_with(b.rolname, $3)
    ) as p (power)
    where r.oid is not null and (b.oid = r.oid or (not r.rolsuper and pg_has_role(r.oid, b.oid, 'MEMBER')))
  ), '[]') as reasons
from unnest($1::text[]) as w (role) left join pg_roles r on r.rolname = w.role`
