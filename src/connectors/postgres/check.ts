import { ConnectorError, type Diagnosis } from '../../domain/connector.ts'
import type { Problem } from '../../domain/problem.ts'
import { aclStatement, describePrivilege, type Privilege } from './acl.ts'
import { runRoleProblems } from './actions/check.ts'
import type { PostgresAction } from './actions/schema.ts'
import { type EntitlementWish, entitlementRoleProblems, lackingPrivileges } from './entitlement-role.ts'
import { type Offers, offeredRoles } from './entitlements.ts'
import { grantsFromHolders } from './grants-from-holders.ts'
import { findLeftovers, type Leftover } from './leftovers.ts'
import { parseLeaseComment, rolePrefix } from './names.ts'
import { preparedRoleProblems } from './prepared-roles.ts'
import { quoteIdentifier } from './quoting.ts'
import { slotProblems } from './slots.ts'
import type { Operation, Session, Target } from './target.ts'

interface Admin {
  readonly name: string
  readonly superuser: boolean
  readonly createRole: boolean
  readonly readOnly: boolean
}

/** Whether everything that the catalog offers here could be granted and taken away now. Changes nothing. */
export async function checkTarget(
  operation: Operation,
  target: Target,
  offers: Offers,
  actions: ReadonlyMap<string, PostgresAction>,
): Promise<Diagnosis> {
  const { problems, summary } = await operation.session(async (session) => {
    const [admin] = await session.query<Admin>(readAdmin)
    if (!admin)
      throw new ConnectorError('unexpected', 'the admin user is not among the roles', { retryable: false })
    const found = [
      ...serverProblems(session, admin),
      ...(await roleProblems(session, target, admin, offers)),
      ...(await slotProblems(session, target)),
      ...(await findLeftovers(session, target.resourceId)).map(notDropped),
      ...(await grantsFromHolders(session, target)),
      ...(await runRoleProblems(session, admin.name, actions)),
    ]
    for (const [id, content] of offers) {
      found.push(
        ...(await entitlementProblems(session, admin, {
          resourceId: target.resourceId,
          database: target.address.database,
          entitlementId: id,
          content,
        })),
      )
    }
    return { problems: found, summary: summaryOf(session, target, admin, offers) }
  })
  return problems.length === 0 ? { ok: true, summary } : { ok: false, problems }
}

function serverProblems(session: Session, admin: Admin): Problem[] {
  const problems: Problem[] = []
  if (session.version < 150_000) {
    problems.push({ what: 'Postgres is older than 15', remedy: 'Use Postgres 15 or later.' })
  }
  if (admin.readOnly) {
    problems.push({
      what: 'this is a read-only copy',
      remedy: 'Put the address of the primary in the catalog.',
    })
  }
  if (!admin.superuser && !admin.createRole) {
    problems.push({
      what: `${admin.name} may not create roles`,
      remedy: `As a superuser: alter role ${quoteIdentifier(admin.name)} createrole;`,
    })
  }
  return problems
}

/** From Postgres 16, CREATEROLE reaches only roles that one made, or was given with admin option. */
async function roleProblems(
  session: Session,
  target: Target,
  admin: Admin,
  offers: Offers,
): Promise<Problem[]> {
  if (admin.superuser || session.version < 160_000) return []
  const { resourceId } = target
  const ours = offeredRoles(target, offers)
  const rows = await session.query<{ name: string; comment: string }>(readUnadministered, [rolePrefix])
  return rows
    .filter(({ name, comment }) => ours.has(name) || parseLeaseComment(comment)?.resourceId === resourceId)
    .map(({ name }) => notAdministered(admin, name))
}

async function entitlementProblems(
  session: Session,
  admin: Admin,
  wish: EntitlementWish,
): Promise<Problem[]> {
  const { entitlementId: id, content } = wish
  const roles = content.roles ?? []
  const unfit = (await preparedRoleProblems(session, roles)).map((what) => ({
    what: `${id}: ${what}`,
    remedy: 'Create the role, or name another in the catalog.',
  }))
  try {
    const lacking = await lackingPrivileges(session, wish)
    const ungrantable = await withoutGrantOption(session, lacking)
    return [
      ...unfit,
      ...(await entitlementRoleProblems(session, wish)),
      ...(await unlendable(session, admin, roles)),
      ...ungrantable.map((one) => notGrantable(id, admin, one)),
    ]
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return [
      ...unfit,
      { what: `${id}: ${error.message}`, remedy: 'Correct the catalog, or create what it names.' },
    ]
  }
}

async function withoutGrantOption(session: Session, privileges: readonly Privilege[]): Promise<Privilege[]> {
  if (privileges.length === 0) return []
  const rows = await session.query<{ at: number }>(readUngrantable, [JSON.stringify(privileges)])
  const at = new Set(rows.map((row) => row.at))
  return privileges.filter((_, index) => at.has(index + 1))
}

async function unlendable(session: Session, admin: Admin, roles: readonly string[]): Promise<Problem[]> {
  if (admin.superuser || session.version < 160_000 || roles.length === 0) return []
  const rows = await session.query<{ name: string }>(
    `select rolname as name from pg_roles where rolname = any ($1::text[])
      and not pg_has_role(oid, 'MEMBER WITH ADMIN OPTION')`,
    [[...roles]],
  )
  return rows.map(({ name }) => notAdministered(admin, name))
}

function notAdministered(admin: Admin, role: string): Problem {
  return {
    what: `${admin.name} may not administer role ${role}`,
    remedy: `As its admin or a superuser: grant ${quoteIdentifier(role)} to ${quoteIdentifier(admin.name)} with admin option;`,
  }
}

function notDropped({ name }: Leftover): Problem {
  return {
    what: `role ${name} of an ended lease is not dropped yet. It cannot log in, and has no session and no membership`,
    remedy: `Daypass tries again every few seconds. End open transactions that use what it owns. What else holds it up, Postgres says: drop owned by ${quoteIdentifier(name)}; drop role ${quoteIdentifier(name)};`,
  }
}

function notGrantable(entitlementId: string, admin: Admin, lacking: Privilege): Problem {
  return {
    what: `${entitlementId}: ${admin.name} may not grant ${describePrivilege(lacking)}`,
    remedy: `As the owner or a superuser: ${aclStatement('grant', lacking, admin.name)} with grant option;`,
  }
}

function summaryOf(session: Session, target: Target, admin: Admin, offers: Offers): string {
  const version = Math.floor(session.version / 10_000)
  const as = admin.superuser ? `${admin.name} (a superuser: one with CREATEROLE would do)` : admin.name
  return `Postgres ${version}, database ${target.address.database}, as ${as}; ${offers.size} entitlements can be granted.`
}

const readAdmin = `
select rolname as name, rolsuper as superuser, rolcreaterole as "createRole", pg_is_in_recovery() as "readOnly"
from pg_roles where rolname = current_user`

const readUnadministered = `
select rolname as name, coalesce(shobj_description(oid, 'pg_authid'), '') as comment
from pg_roles where starts_with(rolname, $1) and not pg_has_role(oid, 'MEMBER WITH ADMIN OPTION') order by rolname`

const readUngrantable = `
select p.at::int as at
from rows from (jsonb_to_recordset($1::jsonb) as (kind text, oid oid, "column" text, privilege text)) with ordinality
  as p (kind, oid, "column", privilege, at)
cross join lateral (select p.privilege || ' WITH GRANT OPTION' as wanted) w
where not case p.kind
  when 'table' then has_table_privilege(p.oid, w.wanted)
  when 'column' then has_column_privilege(p.oid, (parse_ident(p."column"))[1], w.wanted)
  when 'sequence' then has_sequence_privilege(p.oid, w.wanted)
  when 'function' then has_function_privilege(p.oid, w.wanted)
  when 'schema' then has_schema_privilege(p.oid, w.wanted)
  else has_database_privilege(p.oid, w.wanted)
end`
