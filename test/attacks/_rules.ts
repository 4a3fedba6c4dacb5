import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestPostgres, TestPostgresOptions } from '../_postgres.ts'
import { type Attack, attacks, locksOnEverybody, lockTable } from './_attacks.ts'
import { type Besieged, grantOf, type HeldLease, obtainLease, openBesieged } from './_besieged.ts'

/** Seconds after the end of a lease. */
const limit = 10

interface Siege {
  readonly attack: Attack
  readonly lease: HeldLease
  /** When the holder last began a read that gave rows, and a login that was let in. */
  readonly last: { read: number; login: number }
  /** Whether the attack was in place before the lease ended. */
  readonly inTime: boolean
}

/** The holders of leases resist their end, and Daypass runs in a process of its own: real Slack messages, a real server. */
export function describeAttacks(
  name: string,
  start: (options: TestPostgresOptions) => Promise<TestPostgres>,
): void {
  describe(name, { timeout: 90_000 }, () => {
    let world: Besieged
    const sieges = new Map<string, Siege>()
    const over = new AbortController()
    const lay = async (attack: Attack, duration: string) => {
      const siege = await besiege(world, attack, duration, over.signal)
      sieges.set(attack.name, siege)
      return siege
    }
    beforeAll(async () => {
      world = await openBesieged(start)
      for (const attack of attacks) await lay(attack, '15s')
      await lay(locksOnEverybody, '15s')
      const [full] = [...sieges.values()].filter(({ lease, attack }) => attack.on === 'small-db' && lease)
      if (full) await ended(world, full.lease)
      await lay(lockTable, '4s')
    }, 90_000)
    afterAll(async () => {
      over.abort()
      await world?.close()
    }, 30_000)

    it.for([...attacks, locksOnEverybody, lockTable])(
      '$name: the lease ends in time',
      async ({ name, on }) => {
        const siege = sieges.get(name)
        if (!siege) throw new Error('the attack was not begun')
        expect(siege.inTime).toBe(true)
        const endedAt = await ended(world, siege.lease)
        expect((endedAt.getTime() - siege.lease.endsAt.getTime()) / 1000).toBeLessThan(limit)
        await pause(300)
        expect(siege.last.read).toBeGreaterThan(0)
        expect(siege.last.read).toBeLessThan(endedAt.getTime())
        expect(siege.last.login).toBeLessThan(endedAt.getTime())
        await expect(siege.lease.connect()).rejects.toThrow()
        expect(await sessionsOf(world.servers[on], siege.lease.role)).toBe(0)
      },
    )

    it('no role of a lease is left, and no failure was reported', async () => {
      for (const server of Object.values(world.servers)) {
        await world.client.waitFor(async () => (await leaseRoles(server)).length === 0, {
          timeoutMs: 30_000,
          what: 'the roles to be dropped',
        })
      }
      const failures =
        await world.database`select details from audit_events where action = 'grant.revocation_failed'`
      expect(failures).toEqual([])
    })
  })
}

async function besiege(world: Besieged, attack: Attack, duration: string, over: AbortSignal): Promise<Siege> {
  const lease = await obtainLease(world, attack.on, duration)
  const last = { read: 0, login: 0 }
  const reader = await lease.connect()
  void read(reader, last)
  await attack.begin(lease, world, over)
  const inTime = Date.now() < lease.endsAt.getTime()
  void knock(lease, last, over)
  return { attack, lease, last, inTime }
}

async function read(reader: pg.Client, last: Siege['last']): Promise<void> {
  for (;;) {
    const begun = Date.now()
    const rows = await reader.query('select id, total from public.orders').catch(() => null)
    if (!rows) return
    last.read = begun
    await pause(20)
  }
}

async function knock(lease: HeldLease, last: Siege['last'], over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const begun = Date.now()
    const session = await lease.connect().catch(() => null)
    if (session) last.login = begun
    await session?.end().catch(() => {})
    await pause(100)
  }
}

async function ended(world: Besieged, { reference }: HeldLease): Promise<Date> {
  return world.client.waitFor(async () => (await grantOf(world, reference)).endedAt, {
    timeoutMs: 45_000,
    what: `the end of ${reference}`,
  })
}

async function sessionsOf(server: TestPostgres, role: string): Promise<number> {
  const [row] = await query<{ count: number }>(
    server,
    `select count(*)::int as count from pg_stat_activity where usename = '${role}'`,
  )
  return row?.count ?? 0
}

async function leaseRoles(server: TestPostgres): Promise<unknown[]> {
  return query(server, `select rolname from pg_roles where rolname ~ '^daypass_[0-9a-f]{32}$'`)
}

/** Another attack may hold every connection or lock of the server: the look is repeated until its lease has ended. */
async function query<Row extends object>(server: TestPostgres, text: string): Promise<Row[]> {
  const patientUntil = Date.now() + 20_000
  for (;;) {
    try {
      return await queryOnce<Row>(server, text)
    } catch (error) {
      const isFull = error instanceof pg.DatabaseError && ['53200', '53300'].includes(error.code ?? '')
      if (!isFull || Date.now() > patientUntil) throw error
      await pause(200)
    }
  }
}

async function queryOnce<Row extends object>(server: TestPostgres, text: string): Promise<Row[]> {
  const client = new pg.Client(server.superuserUrl)
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}
