import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { leaseRolePattern } from './names.ts'
import { quoteIdentifier, quoteLiteral } from './quoting.ts'

/**
 * A transaction that stays open and has a few locks. It is for the case that a holder has filled the server's lock
 * table. Then Postgres refuses every lock (53200), also the locks of a login and of ending a session:
 * https://www.postgresql.org/docs/current/runtime-config-locks.html#GUC-MAX-LOCKS-PER-TRANSACTION
 */
export interface LockReserve {
  /** Opens it, or looks whether it is still there. */
  keep(): Promise<void>
  /** Ends the holders who have more than their share of the lock table. Does nothing without a reserve. */
  makeRoom(): Promise<void>
  close(): Promise<void>
}

/** Milliseconds. Monitoring looks askance at transactions that stay open for minutes. */
const renewAfter = 60_000
const terminationTakes = 100

export function openLockReserve(config: pg.ClientConfig): LockReserve {
  let held: { client: pg.Client; since: number } | null = null
  let work: Promise<void> = Promise.resolve()
  const alone = (run: () => Promise<void>): Promise<void> => {
    const result = work.then(run)
    work = result.catch(() => {})
    return result
  }
  const drop = async () => {
    const client = held?.client
    held = null
    await client?.end().catch(() => {})
  }
  const open = async () => {
    const client = new pg.Client({ ...config, idle_in_transaction_session_timeout: 0 })
    client.on('error', () => {})
    client.on('end', () => {
      if (held?.client === client) held = null
    })
    await client.connect()
    await client.query(takeReserve)
    held = { client, since: Date.now() }
  }
  const keep = async () => {
    if (!held) return open()
    const { rows } = await held.client.query<{ room: boolean }>(isThereRoom)
    if (Date.now() - held.since < renewAfter || !rows[0]?.room) return
    await held.client.query(`commit; ${takeReserve}`)
    held.since = Date.now()
  }
  const makeRoom = async () => {
    if (!held) return
    const { client } = held
    await client.query(endGreedySessions, [leaseRolePattern])
    const { rows } = await client.query<PreparedTransaction>(findGreedyPrepared, [leaseRolePattern])
    // From here on there is room for what rolling back needs.
    await client.query('commit')
    for (const prepared of rows) await rollBack(client, config, prepared)
    await pause(terminationTakes)
    await client.query(takeReserve)
    held.since = Date.now()
  }
  const orDrop = (run: () => Promise<void>) => async () => {
    try {
      await run()
    } catch (error) {
      await drop()
      throw error
    }
  }
  return {
    keep: () => alone(orDrop(keep)),
    makeRoom: () => alone(orDrop(makeRoom)),
    close: () => alone(drop),
  }
}

interface PreparedTransaction {
  readonly gid: string
  readonly owner: string
  readonly database: string
  readonly here: boolean
}

/** `rollback prepared` works in the transaction's own database only. */
async function rollBack(
  client: pg.Client,
  config: pg.ClientConfig,
  prepared: PreparedTransaction,
): Promise<void> {
  const { gid, owner, database, here } = prepared
  const run = async (on: pg.Client) => {
    await on.query(`set role ${quoteIdentifier(owner)}`)
    await on.query(`rollback prepared ${quoteLiteral(gid)}`)
    await on.query('reset role')
  }
  if (here) return run(client)
  const elsewhere = new pg.Client({ ...config, database })
  elsewhere.on('error', () => {})
  await elsewhere.connect()
  await run(elsewhere).finally(() => elsewhere.end().catch(() => {}))
}

/**
 * Locks on the shared catalogs, which ending a session asks for, and some more to give back when there is no room. The
 * numbers are of this process alone (`pg_backend_pid`), never waited for, and serialise nothing.
 */
const takeReserve = `begin;
select from pg_roles limit 1; select from pg_auth_members limit 1; select from pg_database limit 1;
select count(pg_try_advisory_xact_lock_shared(pg_backend_pid(), n)) from generate_series(1, 32) n`

const isThereRoom = `
select count(*) < 0.7 * current_setting('max_locks_per_transaction')::int
  * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) as room
from pg_locks where not fastpath`

/** Only those whom the current user administers: others may not be ended. */
const endGreedySessions = `
select pg_terminate_backend(a.pid)
from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
where r.rolname ~ $1 and pg_has_role(r.oid, 'USAGE') and a.pid in (
  select pid from pg_locks where not fastpath group by pid
  having count(*) > current_setting('max_locks_per_transaction')::int)`

const findGreedyPrepared = `
select p.gid, p.owner, p.database, p.database = current_database() as here
from pg_prepared_xacts p
where p.owner ~ $1 and pg_has_role(p.owner, 'USAGE') and p.transaction in (
  select x.transactionid from pg_locks x join pg_locks l on l.virtualtransaction = x.virtualtransaction
  where x.pid is null and x.locktype = 'transactionid' and l.pid is null
  group by x.transactionid having count(*) > current_setting('max_locks_per_transaction')::int)`
