import type { ActivityLook, OpenSession, Operation } from '../../domain/activity.ts'
import { sqlText } from '../_shared/sql-text.ts'
import { leaseRole } from './names.ts'
import { quoteIdentifier } from './quoting.ts'
import type { Session, Operation as TargetOperation } from './target.ts'

/** Milliseconds. A holder can make both views large. */
const patience = 800
const mostSessions = 2_000
/** Kinds of statements of one lease. */
const mostStatements = 300

/**
 * By pg_stat_activity, and by pg_stat_statements where it is installed in this database.
 * https://www.postgresql.org/docs/current/pgstatstatements.html
 */
export function readActivity(
  operation: TargetOperation,
  orders: readonly { readonly grantId: string }[],
): Promise<ActivityLook[]> {
  const roles = orders.map(({ grantId }) => leaseRole(grantId))
  return operation.transaction('activity', async (session) => {
    await session.query(`set local statement_timeout = ${patience}; set local lock_timeout = ${patience}`)
    const [now] = await session.query<Now>(readNow)
    const sessions = await openSessions(session, roles)
    const counted = now?.schema ? await countedStatements(session, roles, now.schema) : null
    return roles.map((role) => {
      const open = sessions.get(role) ?? []
      const statements = counted?.get(role) ?? []
      return lookOf(now?.at ?? new Date(), open, counted && statements, now)
    })
  })
}

/** How many seconds ago each of these roles was used, by its open sessions. One whose state cannot be read counts as in use. */
export async function lastUsed(
  operation: TargetOperation,
  orders: readonly { readonly grantId: string }[],
): Promise<(number | null)[]> {
  const roles = orders.map(({ grantId }) => leaseRole(grantId))
  const sessions = await operation.session((session) => openSessions(session, roles))
  return roles.map((role) => {
    const open = sessions.get(role)
    return open ? Math.min(...open.map(({ idleSeconds }) => idleSeconds)) : null
  })
}

interface Now {
  readonly at: Date
  /** Where the extension is. Null: it is not in this database, or the server has not loaded it. */
  readonly schema: string | null
  readonly mayReadTexts: boolean
}

const readNow = `
select clock_timestamp() as at,
  (select n.nspname from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_statements' and current_setting('pg_stat_statements.max', true) <> '') as schema,
  pg_has_role('pg_read_all_stats', 'USAGE') as "mayReadTexts"`

interface OpenBackend {
  readonly role: string
  readonly pid: number
  readonly openedAt: Date | null
  readonly address: string | null
  /** 0: it runs a statement, or its state may not be read, which needs pg_read_all_stats or membership in the role. */
  readonly idleSeconds: number
  readonly isRunning: boolean
  /** The statement that runs, or the last one. */
  readonly statement: string | null
}

async function openSessions(
  session: Session,
  roles: readonly string[],
): Promise<ReadonlyMap<string, OpenBackend[]>> {
  const rows = await session.query<OpenBackend>(readSessions, [roles])
  return byRole(rows)
}

const readSessions = `
select usename as role, pid, backend_start as "openedAt", host(client_addr) as address,
  (case when state = 'active' or state_change is null then 0
    else greatest(0, extract(epoch from clock_timestamp() - state_change)) end)::float8 as "idleSeconds",
  coalesce(state = 'active', false) as "isRunning",
  case when state is null then null else left(query, 2000) end as statement
from pg_stat_activity where usename = any($1) order by backend_start limit ${mostSessions}`

interface CountedStatement {
  readonly role: string
  readonly statement: string
  readonly calls: number
  readonly rows: number
}

async function countedStatements(
  session: Session,
  roles: readonly string[],
  schema: string,
): Promise<ReadonlyMap<string, CountedStatement[]>> {
  const rows = await session.query<CountedStatement>(
    `select role, statement, calls, rows from (
      select r.rolname as role, left(s.query, 2000) as statement, s.calls::float8 as calls, s.rows::float8 as rows,
        row_number() over (partition by s.userid order by s.calls desc) as at
      from ${quoteIdentifier(schema)}.pg_stat_statements s join pg_roles r on r.oid = s.userid where r.rolname = any($1)
    ) counted where at <= ${mostStatements}`,
    [roles],
  )
  return byRole(rows)
}

function byRole<Row extends { readonly role: string }>(rows: readonly Row[]): ReadonlyMap<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.role)
    if (group) group.push(row)
    else groups.set(row.role, [row])
  }
  return groups
}

function lookOf(
  at: Date,
  open: readonly OpenBackend[],
  counted: readonly CountedStatement[] | null,
  now: Now | undefined,
): ActivityLook {
  const idle = open.map(({ idleSeconds }) => idleSeconds)
  const seen = open.filter(({ isRunning }) => isRunning || counted === null)
  return {
    at,
    unit: 'statement',
    lastUsedAt: idle.length === 0 ? null : new Date(at.getTime() - Math.min(...idle) * 1000),
    sessions: open.map(sessionOf),
    operations: together([
      ...(counted ?? []).flatMap(({ statement, calls, rows }) => operationOf(statement, calls, rows)),
      ...seen.flatMap(({ statement }) => (statement === null ? [] : operationOf(statement, 1, null))),
    ]),
    isCounted: counted !== null,
    refused: 0,
    limits: limitsOf(counted !== null, now),
  }
}

function limitsOf(isCounted: boolean, now: Now | undefined): string[] {
  if (!isCounted) return [notInstalled]
  return now?.mayReadTexts ? [] : [textsHidden]
}

const notInstalled =
  'Only statements and sessions that are open when Daypass looks are seen, because pg_stat_statements is not installed in this database.'
const textsHidden =
  'Statements are counted, and their texts are not seen: Daypass is no member of pg_read_all_stats.'

function sessionOf({ pid, openedAt, address }: OpenBackend): OpenSession {
  return { id: `${pid} ${openedAt?.getTime() ?? ''}`.trim(), address, openedAt }
}

/** Nothing for statements that clients send by themselves. */
function operationOf(statement: string, count: number, rows: number | null): Operation[] {
  if (statement === '<insufficient privilege>')
    return [{ text: '(text not seen)', kind: 'other', objects: [], count, rows }]
  const { text, kind, tables } = sqlText(statement, 'postgres')
  return kind === 'control' || text === '' ? [] : [{ text, kind, objects: tables, count, rows }]
}

/** Statements that differ only in what is left out are one kind. A running one is counted at its end. */
function together(operations: readonly Operation[]): Operation[] {
  const kinds = new Map<string, Operation>()
  for (const operation of operations) {
    const known = kinds.get(operation.text)
    if (!known) kinds.set(operation.text, operation)
    else if (operation.rows !== null)
      kinds.set(operation.text, {
        ...known,
        count: known.count + operation.count,
        rows: (known.rows ?? 0) + operation.rows,
      })
  }
  return [...kinds.values()]
}
