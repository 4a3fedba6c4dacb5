import type { Problem } from '../../../domain/problem.ts'
import { preparedRoleProblems } from '../prepared-roles.ts'
import { quoteIdentifier } from '../quoting.ts'
import type { Session } from '../target.ts'
import type { PostgresAction } from './schema.ts'

/** Whether Daypass can become each role that runs an action. */
export async function runRoleProblems(
  session: Session,
  admin: string,
  actions: ReadonlyMap<string, PostgresAction>,
): Promise<Problem[]> {
  const roles = [...new Set([...actions.values()].map(({ runAs }) => runAs))]
  if (roles.length === 0) return []
  const rows = await session.query<{ name: string; isThere: boolean; maySet: boolean }>(
    // From Postgres 16, a member may become the role only with this option.
    `select name, oid is not null as "isThere",
        coalesce(pg_has_role(oid, ${session.version < 160_000 ? `'MEMBER'` : `'SET'`}), false) as "maySet"
      from unnest($1::text[]) as name left join pg_roles on rolname = name`,
    [roles],
  )
  const unfit = new Map<string, Problem[]>()
  for (const role of roles) {
    const problems = await preparedRoleProblems(session, [role])
    unfit.set(
      role,
      problems.map((what) => ({ what, remedy: 'Name another role in the catalog.' })),
    )
  }
  return rows.flatMap(({ name, isThere, maySet }): Problem[] => {
    if (!isThere)
      return [
        {
          what: `role ${name}, which runs an action, does not exist`,
          remedy: 'Create the role, or name another in the catalog.',
        },
      ]
    if (maySet) return unfit.get(name) ?? []
    const remedy = `As its admin or a superuser: grant ${quoteIdentifier(name)} to ${quoteIdentifier(admin)};`
    return [{ what: `${admin} may not run actions as ${name}`, remedy }]
  })
}
