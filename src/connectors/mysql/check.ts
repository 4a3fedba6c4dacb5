import type { Diagnosis } from '../../domain/connector.ts'
import type { Problem } from '../../domain/problem.ts'
import { runProblems } from './actions/check.ts'
import type { MysqlAction } from './actions/schema.ts'
import { rolesOf } from './lease-user.ts'
import { fromPattern, type Grant, grantClause, grantsOf } from './privileges.ts'
import { quoteAccount, quoteName } from './quoting.ts'
import type { MysqlEntitlement } from './schema.ts'
import type { Session, Target } from './target.ts'

interface Admin {
  readonly user: string
  readonly host: string
  /** As statements name it. */
  readonly name: string
}

/** Whether everything that the catalog offers here could be granted and taken away now. Changes nothing. */
export async function checkTarget(
  target: Target,
  offers: ReadonlyMap<string, MysqlEntitlement>,
  actions: ReadonlyMap<string, MysqlAction>,
): Promise<Diagnosis> {
  const ofRuns = await runProblems(target, actions)
  return target.operation(async (session) => {
    const admin = await readAdmin(session)
    const held = await readRights(session, admin)
    const problems: Problem[] = [
      ...versionProblems(session),
      ...globalProblems(session, admin, held),
      ...(await tableProblems(session, admin)),
      ...(await eventProblems(session, target, admin, held)),
      ...ofRuns,
    ]
    for (const [id, content] of offers) {
      const lacking = grantsOf(content).flatMap((grant) => lackingOf(grant, held))
      problems.push(
        ...lacking.map((grant) => ({
          what: `${id}: ${admin.name} may not grant ${grantClause(grant)}, or it does not exist`,
          remedy: `As an administrator: grant ${grantClause(grant)} to ${admin.name} with grant option;`,
        })),
        ...(await roleProblems(session, admin, id, content)),
      )
    }
    const kind = session.server.isMariadb ? 'MariaDB' : 'MySQL (not tested: Daypass is tested on MariaDB)'
    const summary = `${kind} ${session.server.version.split('-')[0]}, as ${admin.user}; ${offers.size} entitlements can be granted.`
    return problems.length === 0 ? { ok: true, summary } : { ok: false, problems }
  })
}

async function readAdmin(session: Session): Promise<Admin> {
  const [row] = await session.query<{ account: string }>('select current_user() as account')
  const [, user = '', host = ''] = /^(.*)@([^@]*)$/u.exec(row?.account ?? '') ?? []
  return { user, host, name: quoteAccount({ user, host }) }
}

/** A right of the admin, and whether it may be passed on. */
interface Right {
  readonly allow: string
  readonly grantable: boolean
  readonly database: string | null
  readonly table: string | null
  readonly column: string | null
}

async function readRights(session: Session, admin: Admin): Promise<Right[]> {
  const from = (table: string, columns: string) =>
    session.query<{ allow: string; grantable: string; db?: string; name?: string; col?: string }>(
      `select privilege_type as allow, is_grantable as grantable ${columns} from information_schema.${table} where grantee = ?`,
      [admin.name],
    )
  const rows = [
    ...(await from('user_privileges', '')),
    ...(await from('schema_privileges', ', table_schema as db')),
    ...(await from('table_privileges', ', table_schema as db, table_name as name')),
    ...(await from('column_privileges', ', table_schema as db, table_name as name, column_name as col')),
  ]
  const routines = await session
    .query<{ db: string; name: string; allow: string }>(
      'select Db as db, Routine_name as name, Proc_priv as allow from mysql.procs_priv where User = ? and Host = ?',
      [admin.user, admin.host],
    )
    .catch(() => [])
  return [
    ...rows.map(({ allow, grantable, db, name, col }) => ({
      allow: allow.toUpperCase(),
      grantable: grantable === 'YES',
      database: db === undefined ? null : fromPattern(db),
      table: name ?? null,
      column: col ?? null,
    })),
    ...routines.flatMap(({ db, name, allow }) =>
      allow
        .toUpperCase()
        .split(',')
        .map((each) => ({
          allow: each,
          grantable: allow.toUpperCase().includes('GRANT'),
          database: db,
          table: name,
          column: null,
        })),
    ),
  ]
}

function versionProblems({ server }: Session): Problem[] {
  const [major = 0, minor = 0] = server.version.split('.').map((part) => Number.parseInt(part, 10))
  const isOld = server.isMariadb ? major < 10 || (major === 10 && minor < 5) : major < 8
  if (!isOld) return []
  return [
    { what: `the server is ${server.version}`, remedy: 'Use MariaDB 10.5 or later, or MySQL 8.0 or later.' },
  ]
}

function globalProblems({ server }: Session, admin: Admin, held: readonly Right[]): Problem[] {
  const connectionAdmin = server.isMariadb ? 'CONNECTION ADMIN' : 'CONNECTION_ADMIN'
  const lacking = ['CREATE USER', 'PROCESS', connectionAdmin].filter(
    (right) => !held.some(({ allow, database }) => database === null && [right, 'SUPER'].includes(allow)),
  )
  return lacking.map((right) => ({
    what: `${admin.name} lacks ${right}`,
    remedy: `As an administrator: grant ${right.toLowerCase()} on *.* to ${admin.name};`,
  }))
}

async function tableProblems(session: Session, admin: Admin): Promise<Problem[]> {
  const table = session.server.isMariadb ? 'global_priv' : 'user'
  if (
    await session.attempt(`select 1 from mysql.${table} limit 1`, [
      'ER_TABLEACCESS_DENIED_ERROR',
      'ER_DBACCESS_DENIED_ERROR',
    ])
  ) {
    return []
  }
  const remedy = `As an administrator: grant select on mysql.* to ${admin.name};`
  return [{ what: `${admin.name} may not read the accounts of the server`, remedy }]
}

async function eventProblems(
  session: Session,
  { settings }: Target,
  admin: Admin,
  held: readonly Right[],
): Promise<Problem[]> {
  const { eventsIn } = settings
  if (eventsIn === undefined) return []
  const mayMake = held.some(
    ({ allow, database }) => allow === 'EVENT' && (database === null || database === eventsIn),
  )
  const [scheduler] = await session.query<{ state: string }>('select @@global.event_scheduler as state')
  const grant = { allow: ['EVENT'], object: { kind: 'database', database: eventsIn }, columns: null } as const
  return [
    ...(mayMake
      ? []
      : [
          {
            what: `${admin.name} may not create events in ${eventsIn}`,
            remedy: `As an administrator: create database if not exists ${quoteName(eventsIn)}; grant ${grantClause(grant)} to ${admin.name};`,
          },
        ]),
    ...(scheduler?.state === 'ON'
      ? []
      : [
          {
            what: 'the event scheduler is off, so no event ends a lease',
            remedy:
              'As an administrator: set global event_scheduler = on; and event_scheduler=ON in the configuration.',
          },
        ]),
  ]
}

/** The part of a grant that the admin may not pass on. */
function lackingOf({ allow, object, columns }: Grant, held: readonly Right[]): Grant[] {
  const { database } = object
  const table = object.kind === 'database' ? null : object.name
  const mayGrant = (right: string, column: string | null) =>
    held.some(
      (one) =>
        one.grantable &&
        one.allow === right &&
        (one.database === null || one.database === database) &&
        (one.table === null || one.table === table) &&
        (one.column === null || one.column === column),
    )
  const lacking = allow.filter((right) => (columns ?? [null]).some((column) => !mayGrant(right, column)))
  return lacking.length === 0 ? [] : [{ allow: lacking, object, columns }]
}

async function roleProblems(
  session: Session,
  admin: Admin,
  entitlementId: string,
  { role }: MysqlEntitlement,
): Promise<Problem[]> {
  if (role === undefined) return []
  const roles = await rolesOf(session, admin).catch(() => [])
  if (roles.some((one) => one.role === role && one.admin === 'Y')) return []
  return [
    {
      what: `${entitlementId}: ${admin.name} may not grant role ${role}, or it does not exist`,
      remedy: `As an administrator: grant ${quoteName(role)} to ${admin.name} with admin option;`,
    },
  ]
}
