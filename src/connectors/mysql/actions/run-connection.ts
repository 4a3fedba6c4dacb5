import type { Connection } from 'mysql2'
import { ConnectorError, type RunOrder } from '../../../domain/connector.ts'
import { readSecretFile } from '../../_shared/settings.ts'
import { connectionOptions } from '../connection.ts'
import { codeOf, isServerError, toConnectorError } from '../errors.ts'
import { quoteAccount, quoteName } from '../quoting.ts'
import type { MysqlSettings } from '../schema.ts'
import type { MysqlAction } from './schema.ts'

/** Where runs are recorded and executed. */
export interface RunPlace {
  readonly resourceId: string
  readonly settings: MysqlSettings
}

/** A transaction that has begun on a connection of its own, with the rights of the account of the action. */
export interface RunTransaction {
  readonly client: Connection
  /** The connection at the server, to stop its statement. */
  readonly id: number
}

/**
 * Begins it. A writing run first puts a row with its id into the table of runs: it is committed with the changes or not at all, and
 * no second transaction can commit the same id. Throws `ConnectorError`, with the connection closed.
 */
export async function beginRun(
  { resourceId, settings }: RunPlace,
  { runId, content }: Pick<RunOrder<MysqlAction>, 'runId' | 'content'>,
): Promise<RunTransaction> {
  const client = await connectAs(resourceId, settings, content.runAs)
  try {
    const { query, id } = sessionOf(client)
    // A role that is on by default would give more rights than those that are looked at.
    await query('set role none')
    await query(
      `set session sql_mode = 'STRICT_ALL_TABLES', time_zone = '+00:00', autocommit = 1, lock_wait_timeout = 5, innodb_lock_wait_timeout = 5`,
    )
    await requireHarmless(query, resourceId, content)
    const [lock] = await query<{ got: number }>('select get_lock(?, 0) as got', [lockName(runId)])
    if (Number(lock?.got) !== 1)
      throw new ConnectorError('conflict', `${resourceId}: this run is under way.`, { retryable: true })
    await query(content.writes ? 'start transaction' : 'start transaction read only')
    if (content.writes) await recordRun(query, settings, resourceId, runId)
    return { client, id: id() }
  } catch (error) {
    client.destroy()
    throw toConnectorError(error, resourceId)
  }
}

/** The lock of the connection that executes a run: the server tells by it which one that is. */
export function lockName(runId: string): string {
  return `daypass run ${runId}`
}

/** The table of runs, as a statement names it. Throws `misconfigured` where the catalog names none. */
export function runTable({ runsIn }: MysqlSettings, resourceId: string): string {
  if (runsIn !== undefined) return `${quoteName(runsIn)}.runs`
  const message = `${resourceId}: an action that writes needs the table of runs. Make it as docs/connectors/mysql.md says, and name its database under \`runsIn\`.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

type Query = ReturnType<typeof sessionOf>['query']

/** Statements on the connection of a run. */
export function sessionOf(client: Connection) {
  const promised = client.promise()
  return {
    id: () => promised.threadId,
    query: async <Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> => {
      const [rows] = await promised.query(text, values ? [...values] : undefined)
      return (Array.isArray(rows) ? rows : []) as Row[]
    },
  }
}

async function connectAs(resourceId: string, settings: MysqlSettings, runAs: string): Promise<Connection> {
  const account = settings.runAccounts[runAs]
  if (!account) {
    const message = `${resourceId}: \`runAccounts\` names no account ${runAs}. Add it to the connector, or correct \`runAs\`.`
    throw new ConnectorError('misconfigured', message, { retryable: false })
  }
  const password = account.passwordFile
    ? await readSecretFile(account.passwordFile, resourceId)
    : (account.password ?? '')
  const { createConnection } = await import('mysql2')
  const client = createConnection({
    ...connectionOptions(settings, { user: runAs, password }),
    supportBigNumbers: true,
    bigNumberStrings: true,
    jsonStrings: true,
  })
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('error', reject)
      client.connect((error) => (error ? reject(error) : resolve()))
    })
  } catch (error) {
    client.destroy()
    if (/ACCESS_?DENIED|LOCKED/.test(codeOf(error))) {
      const message = `${resourceId}: the server refuses the account ${runAs}, which runs an action. Check its password and its host.`
      throw new ConnectorError('permission', message, { retryable: false })
    }
    throw toConnectorError(error, resourceId)
  }
  // A connection that breaks between two statements: an event without a listener would end the process.
  client.on('error', () => {})
  return client
}

/** The account may have got powers since the catalog was checked. */
async function requireHarmless(
  query: Query,
  resourceId: string,
  { runAs, writes }: MysqlAction,
): Promise<void> {
  const refuse = (what: string) => {
    throw new ConnectorError('misconfigured', `${resourceId}: ${what}`, { retryable: false })
  }
  const [own] = await query<{ account: string }>('select current_user() as account')
  const [, user = '', host = ''] = /^(.*)@([^@]*)$/u.exec(own?.account ?? '') ?? []
  const grantee = quoteAccount({ user, host })
  const powers = await query<{ power: string }>(powersOverServer, [grantee, grantee, grantee])
  if (powers.length > 0) {
    const named = powers.map(({ power }) => power).join(', ')
    refuse(
      `the account ${runAs} runs no action, because it has rights on the whole server: ${named}. Revoke them.`,
    )
  }
  if (!writes) return
  const [table] = await query<{ name: string; engine: string | null }>(cannotBeUndone, [
    grantee,
    grantee,
    grantee,
  ])
  if (!table) return
  const why =
    table.engine === null ? 'is a view' : `has the engine ${table.engine}, which has no transactions`
  refuse(
    `the account ${runAs} may write to ${table.name}, which ${why}: a change there could not be undone. Revoke that right, or give it on other tables alone.`,
  )
}

/** Rights on everything: files, other accounts, the databases of the server. `?`: whose rights count. */
const powersOverServer = `
select privilege_type as power from information_schema.user_privileges where grantee = ? and privilege_type <> 'USAGE'
union select concat(privilege_type, ' on ', table_schema) from information_schema.schema_privileges
  where grantee = ? and table_schema in ('mysql', 'sys', '%')
union select concat(privilege_type, ' on mysql.', table_name) from information_schema.table_privileges
  where grantee = ? and table_schema = 'mysql'
limit 5`

/** A table without transactions, or a view, behind which one may be, to which the account may write. */
const cannotBeUndone = `
select concat(t.table_schema, '.', t.table_name) as name, t.engine as engine from information_schema.tables t
where not exists (select 1 from information_schema.engines e where e.engine = t.engine and e.transactions = 'YES')
  and t.table_schema not in ('information_schema', 'performance_schema', 'mysql', 'sys')
  and (
    exists (select 1 from information_schema.table_privileges p where p.grantee = ?
      and p.table_schema = t.table_schema and p.table_name = t.table_name and p.privilege_type in ('INSERT', 'UPDATE', 'DELETE'))
    or exists (select 1 from information_schema.column_privileges p where p.grantee = ?
      and p.table_schema = t.table_schema and p.table_name = t.table_name and p.privilege_type in ('INSERT', 'UPDATE'))
    or exists (select 1 from information_schema.schema_privileges p where p.grantee = ?
      and t.table_schema like p.table_schema and p.privilege_type in ('INSERT', 'UPDATE', 'DELETE'))
  )
order by 1 limit 1`

async function recordRun(
  query: Query,
  settings: MysqlSettings,
  resourceId: string,
  runId: string,
): Promise<void> {
  const table = runTable(settings, resourceId)
  try {
    await query(`insert into ${table} (id, outcome) values (?, 'done')`, [runId])
  } catch (error) {
    if (codeOf(error) === 'ER_DUP_ENTRY') {
      const message = `${resourceId}: this run is over already.`
      throw new ConnectorError('conflict', message, { retryable: false })
    }
    if (!isServerError(error) || /LOCK|TIMEOUT/.test(codeOf(error))) throw error
    const message = `${resourceId}: the run cannot be recorded in ${table} (${codeOf(error)}). Make the table and its grants as docs/connectors/mysql.md says.`
    throw new ConnectorError('misconfigured', message, { retryable: false })
  }
}
