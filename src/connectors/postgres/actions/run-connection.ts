import type pg from 'pg'
import type { Loan } from '../connection.ts'
import { requirePreparedRoles } from '../prepared-roles.ts'
import { quoteIdentifier } from '../quoting.ts'
import type { PostgresAction } from './schema.ts'

/** A transaction that has begun on a connection of its own, with the rights of the role of the action and its limits. */
export interface RunTransaction {
  readonly client: pg.ClientBase
  /** The transaction at the server. Null: it only reads, and has no number. */
  readonly xid: string | null
  readonly pid: number
  /** When the server's process began: a pid is used again. */
  readonly backendStart: string
}

/** Milliseconds that it may wait for the locks of others. */
const lockWait = 5_000

export async function beginRun(
  { client }: Pick<Loan, 'client'>,
  { writes, runAs, limits }: PostgresAction,
): Promise<RunTransaction> {
  await client.query(writes ? 'begin' : 'begin read only')
  const { rows } = await client.query<{ xid: string | null; pid: number; started: string; version: number }>(
    `select ${writes ? 'pg_current_xact_id()::text' : 'null::text'} as xid, pid, backend_start::text as started,
        current_setting('server_version_num')::int as version
      from pg_stat_activity where pid = pg_backend_pid()`,
  )
  const [own] = rows
  if (!own) throw new Error('the server does not show its own process')
  // The role may have got powers since the catalog was checked.
  await requirePreparedRoles(
    {
      version: own.version,
      query: async <Row extends object>(text: string, values?: readonly unknown[]) =>
        (await client.query<Row>(text, [...(values ?? [])])).rows,
    },
    [runAs],
  )
  await client.query(
    `set local statement_timeout = ${limits.seconds * 1000}; set local lock_timeout = ${lockWait};
      set local role ${quoteIdentifier(runAs)}`,
  )
  return { client, xid: own.xid, pid: own.pid, backendStart: own.started }
}
