import type { ActivityLook, OpenSession, Operation, OperationKind } from '../../domain/activity.ts'
import { sqlText } from '../_shared/sql-text.ts'
import { codeOf } from './errors.ts'
import { readClock } from './lease-user.ts'
import { leaseUser } from './names.ts'
import type { Session, Target } from './target.ts'

/** Milliseconds. */
const patience = 800

/**
 * By the connections that are open, and by the performance schema where it is on and may be read: it counts statements by account and
 * kind, and keeps the last texts of each open connection. https://mariadb.com/kb/en/performance-schema-overview/
 */
export async function readActivity(
  target: Target,
  orders: readonly { readonly grantId: string }[],
): Promise<ActivityLook[]> {
  const users = orders.map(({ grantId }) => leaseUser(target.resourceId, grantId))
  return target.operation(async (session) => {
    const at = await readClock(session)
    const connections = await openConnections(session, users)
    const counted = await countedStatements(session, users)
    const texts = counted && (await lastTexts(session, users))
    return users.map((user) => {
      const open = connections.filter((connection) => connection.user === user)
      const running = open.flatMap(({ statement }) => (statement === null ? [] : [statement]))
      const seen = [...running, ...(texts ?? []).filter((row) => row.user === user).map(({ text }) => text)]
      const idle = open.map(({ idleSeconds }) => Number(idleSeconds))
      return {
        at,
        unit: 'statement',
        lastUsedAt: idle.length === 0 ? null : new Date(at.getTime() - Math.min(...idle) * 1000),
        sessions: open.map(
          ({ id, host }): OpenSession => ({ id: String(id), address: addressIn(host), openedAt: null }),
        ),
        operations: [
          ...(counted ?? []).filter((row) => row.user === user).flatMap(countedOperation),
          ...seenOperations(seen, counted === null),
        ],
        isCounted: counted !== null,
        refused: 0,
        limits: [counted === null ? notOn : byKind],
      }
    })
  })
}

const notOn =
  'Only statements that run when Daypass looks are seen, because the performance schema is off or Daypass may not read it.'
const byKind = 'The server counts statements by kind; texts are those that open connections ran last.'

/** How many seconds ago each of these accounts was used, by its open connections. */
export async function lastUsed(
  target: Target,
  orders: readonly { readonly grantId: string }[],
): Promise<(number | null)[]> {
  const users = orders.map(({ grantId }) => leaseUser(target.resourceId, grantId))
  const open = await target.operation((session) => openConnections(session, users))
  return users.map((user) => {
    const idle = open.filter((row) => row.user === user).map(({ idleSeconds }) => Number(idleSeconds))
    return idle.length === 0 ? null : Math.min(...idle)
  })
}

interface OpenConnection {
  readonly user: string
  readonly id: number
  readonly host: string
  readonly idleSeconds: number
  readonly statement: string | null
}

/** https://mariadb.com/kb/en/information-schema-processlist-table/ */
async function openConnections(session: Session, users: readonly string[]): Promise<OpenConnection[]> {
  return session.query<OpenConnection>(
    `select user, id, host, if(command = 'Sleep', greatest(0, time), 0) as idleSeconds, left(info, 2000) as statement
      from information_schema.processlist where user in (?) limit 2000`,
    [[...users]],
  )
}

interface Counted {
  readonly user: string
  readonly event: string
  readonly count: number
  readonly sent: number
  readonly affected: number
}

/** Null: the performance schema is off, or may not be read. */
async function countedStatements(session: Session, users: readonly string[]): Promise<Counted[] | null> {
  const [state] = await session.query<{ isOn: number }>('select @@performance_schema as isOn')
  if (Number(state?.isOn) !== 1) return null
  return bounded<Counted>(
    session,
    `user, event_name as event, count_star as count, sum_rows_sent as sent, sum_rows_affected as affected
      from performance_schema.events_statements_summary_by_user_by_event_name
      where user in (?) and count_star > 0 and (event_name like 'statement/sql/%' or event_name = 'statement/com/Execute')`,
    users,
  )
}

async function lastTexts(
  session: Session,
  users: readonly string[],
): Promise<{ user: string; text: string }[] | null> {
  return bounded(
    session,
    `t.processlist_user as user, left(h.sql_text, 2000) as text
      from performance_schema.threads t join performance_schema.events_statements_history h on h.thread_id = t.thread_id
      where t.processlist_user in (?) and h.sql_text is not null limit 500`,
    users,
  )
}

/** Null where the admin may not read these tables. */
async function bounded<Row extends object>(
  session: Session,
  columns: string,
  users: readonly string[],
): Promise<Row[] | null> {
  const text = session.server.isMariadb
    ? `set statement max_statement_time = ${patience / 1000} for select ${columns}`
    : `select /*+ max_execution_time(${patience}) */ ${columns}`
  try {
    return await session.query<Row>(text, [[...users]])
  } catch (error) {
    if (['ER_TABLEACCESS_DENIED_ERROR', 'ER_DBACCESS_DENIED_ERROR'].includes(codeOf(error))) return null
    throw error
  }
}

/** Clients send these by themselves. */
const control =
  /^(?:begin|commit|rollback|set_option|show_|change_db|savepoint|release_savepoint|empty_query|error|lock_tables|unlock_tables|prepare_sql|dealloc_sql)/
const changes = /^(?:insert|update|delete|replace|load|truncate|call_procedure)/

function countedOperation({ event, count, sent, affected }: Counted): Operation[] {
  const name = event.replace(/^statement\/(?:sql|com)\//, '')
  if (control.test(name)) return []
  const kind: OperationKind = name === 'select' ? 'read' : changes.test(name) ? 'change' : 'other'
  const rows = { read: Number(sent), change: Number(affected), other: null }[kind]
  const text = name === 'Execute' ? 'prepared statements' : name.replaceAll('_', ' ')
  return [{ text: `(all) ${text}`, kind, objects: [], count: Number(count), rows }]
}

/** What the server counts is not counted once more. */
function seenOperations(statements: readonly string[], isOnlySeen: boolean): Operation[] {
  const kinds = new Map<string, Operation>()
  for (const statement of statements) {
    const { text, kind, tables } = sqlText(statement, 'mysql')
    if (kind !== 'control' && text !== '')
      kinds.set(text, { text, kind, objects: tables, count: isOnlySeen ? 1 : 0, rows: null })
  }
  return [...kinds.values()]
}

/** `127.0.0.1:54321`, or a name alone for a local socket. */
function addressIn(host: string): string | null {
  return host.replace(/:\d+$/, '') || null
}
