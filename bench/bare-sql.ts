import { randomUUID } from 'node:crypto'
import postgres from 'postgres'

/** The work of the postgres connector in as few SQL statements as possible. For comparison only. */
export interface BareSql {
  /** Creates the role of a lease in one transaction and reads it back. Resolves with its name. */
  grant(): Promise<string>
  /** Disables login, ends the sessions, drops the role. Commits after each step. */
  revoke(role: string): Promise<void>
  close(): Promise<void>
}

const group = 'bench_bare_read_orders'

export async function openBareSql(url: string, connections: number): Promise<BareSql> {
  const sql = postgres(url, { max: connections, onnotice: () => {} })
  await sql.unsafe(`
    do $$ begin
      if not exists (select from pg_roles where rolname = '${group}') then create role ${group} nologin; end if;
    end $$;
    grant select (id, status, total) on public.orders to ${group}`)
  return {
    async grant() {
      const role = `bench_bare_${randomUUID().replaceAll('-', '')}`
      const until = new Date(Date.now() + 3_600_000).toISOString()
      await sql.begin((transaction) =>
        transaction.unsafe(`
          create role ${role} login connection limit 5 valid until '${until}';
          grant ${group} to ${role};
          comment on role ${role} is 'A lease made by hand'`),
      )
      const [seen] = await sql`
        select from pg_roles r join pg_auth_members m on m.member = r.oid where r.rolname = ${role} and r.rolcanlogin`
      if (!seen) throw new Error(`${role} is not there`)
      return role
    },
    async revoke(role) {
      await sql.unsafe(`alter role ${role} nologin`)
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${role}`
      await sql.unsafe(`drop role ${role}`)
    },
    close: () => sql.end({ timeout: 5 }),
  }
}

/** Runs `work` on each item, at most `width` at the same time. */
export async function atOnce<T>(width: number, items: readonly T[], work: (item: T) => Promise<unknown>) {
  let next = 0
  const one = async () => {
    while (next < items.length) await work(items[next++] as T)
  }
  await Promise.all(Array.from({ length: width }, one))
}
