import type pg from 'pg'
import type { Besieged, HeldLease, TargetId } from './_besieged.ts'

/** An attempt of a holder to keep its access. Resolves when the attack is in place. */
export interface Attack {
  readonly name: string
  readonly on: TargetId
  begin(lease: HeldLease, world: Besieged, over: AbortSignal): Promise<void>
}

/** One holder each, all at the same time. */
export const attacks: readonly Attack[] = [
  {
    name: 'the advisory lock of its own grant',
    on: 'orders-db',
    begin: (lease) =>
      running(lease, `select pg_advisory_lock(hashtextextended('daypass:grant:${lease.grantId}', 0))`),
  },
  {
    name: 'an open change of its own password',
    on: 'orders-db',
    begin: (lease) => running(lease, 'begin', `alter role current_user password 'mine'`),
  },
  {
    name: 'a prepared change of its own password',
    on: 'orders-db',
    begin: (lease) =>
      running(
        lease,
        'begin',
        `alter role current_user password 'mine'`,
        `prepare transaction '${lease.role}'`,
      ),
  },
  {
    name: 'the same, prepared in another database',
    on: 'orders-db',
    begin: async (lease) => {
      const far = await lease.connect({ connectionString: undefined, ...(await elsewhere(lease)) })
      await far.query('begin')
      await far.query(`alter role current_user password 'mine'`)
      await far.query(`prepare transaction 'far ${lease.role}'`)
    },
  },
  {
    name: 'a storm of sessions that each change the password',
    on: 'orders-db',
    begin: async (lease, _, over) => {
      for (let at = 0; at < 3; at += 1) void storm(lease, over)
    },
  },
  {
    name: 'a statement that swallows every error',
    on: 'orders-db',
    begin: (lease) =>
      unanswered(
        lease,
        `do $$ begin loop begin perform count(*) from public.orders, pg_sleep(1);
          exception when others or query_canceled then null; end; end loop; end $$`,
      ),
  },
  {
    name: 'a statement that is busy in C',
    on: 'orders-db',
    begin: (lease) =>
      unanswered(
        lease,
        `select sum(length((repeat('9', 60000)::numeric * repeat('7', 60000)::numeric)::text)) from generate_series(1, 100000)`,
      ),
  },
  {
    name: 'locks on objects of its own',
    on: 'orders-db',
    begin: (lease) =>
      running(
        lease,
        'begin',
        'create temp table mine (n int)',
        'lock table mine in access exclusive mode',
        'select lo_create(0)',
        'declare c cursor for select id from public.orders',
        `alter role current_user set work_mem = '1MB'`,
      ),
  },
  {
    name: 'a session that delays its own start',
    on: 'orders-db',
    begin: async (lease, _, over) => {
      const delayed = async () => {
        // It is let in before the end, and would be served after it.
        while (!over.aborted)
          await lease.connect({ options: '-c post_auth_delay=3', connectionTimeoutMillis: 0 }).catch(briefly)
      }
      void delayed()
    },
  },
  {
    name: 'sessions that wait for messages and for each other',
    on: 'orders-db',
    begin: async (lease) => {
      await running(lease, 'listen wake', 'begin', 'select pg_advisory_xact_lock(7, 7)')
      await unanswered(lease, 'select pg_advisory_lock(7, 7)')
    },
  },
  {
    name: 'every connection of the server',
    on: 'small-db',
    begin: async (lease, _, over) => {
      const take = async () => {
        while (!over.aborted) await lease.connect().catch(briefly)
      }
      for (let at = 0; at < 3; at += 1) void take()
      await full(lease)
    },
  },
]

/** These come after the others on the same server: each spoils it for everybody. */
export const lockTable: Attack = {
  name: 'every lock of the server',
  on: 'small-db',
  begin: async (lease) => {
    const holder = await lease.connect()
    await holder.query('begin')
    await holder.query(`do $$ declare n int := 0; begin loop
      begin perform pg_advisory_xact_lock(9, n); n := n + 1; exception when out_of_memory then exit; end;
    end loop; end $$`)
  },
}

/** One holder against the leases of all: advisory locks of every id, and an open grant to each role. */
export const locksOnEverybody: Attack = {
  name: 'locks on the leases of everybody',
  on: 'orders-db',
  begin: async (lease) => {
    const holder = await lease.connect()
    await holder.query(`select pg_advisory_lock(hashtextextended('daypass:entitlements', 0)),
      (select count(pg_advisory_lock(hashtextextended('daypass:grant:' || regexp_replace(substr(rolname, 9),
        '^(.{8})(.{4})(.{4})(.{4})(.{12})$', '\\1-\\2-\\3-\\4-\\5'), 0))) from pg_roles where rolname ~ '^daypass_[0-9a-f]{32}$')`)
    await holder.query(`begin; create temp table bait (n int)`)
    await holder.query(`do $$ declare r name; begin
      for r in select rolname from pg_roles where rolname ~ '^daypass_[0-9a-f]{32}$' and rolname <> session_user loop
        execute format('grant select on bait to %I', r);
      end loop; end $$`)
  },
}

async function running(lease: HeldLease, ...statements: string[]): Promise<void> {
  const holder = await lease.connect()
  for (const statement of statements) await holder.query(statement)
}

async function unanswered(lease: HeldLease, statement: string): Promise<void> {
  const holder = await lease.connect()
  holder.query(statement).catch(() => {})
}

async function storm(lease: HeldLease, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const holder = await lease.connect().catch(briefly)
    await holder
      ?.query(
        `begin; alter role current_user set work_mem = '1MB'; alter role current_user password null; rollback`,
      )
      .catch(() => {})
    await holder?.end().catch(() => {})
  }
}

async function elsewhere(lease: HeldLease): Promise<pg.ClientConfig> {
  const here = await lease.connect()
  const { host, port, user, password } = here
  await here.end()
  return { host, port, ...(user ? { user } : {}), ...(password ? { password } : {}), database: 'elsewhere' }
}

/** Until the server lets nobody in. */
async function full(lease: HeldLease): Promise<void> {
  for (;;) {
    const refused = await lease.connect().then(
      () => null,
      (error: { code?: string }) => error.code,
    )
    if (refused === '53300') return
  }
}

/** A refused login is tried again at once, but lets others run. */
async function briefly(): Promise<null> {
  await new Promise((resolve) => setTimeout(resolve, 20))
  return null
}
