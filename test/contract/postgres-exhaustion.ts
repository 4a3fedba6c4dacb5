import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { Credentials } from '../../src/domain/connector.ts'
import { connectWith, liveSession, type PostgresWorld, readOrders } from './postgres-world.ts'

/** Settings of a server that one holder can fill. */
export const smallServer = [
  'max_connections=14',
  'superuser_reserved_connections=3',
  'max_locks_per_transaction=10',
  'max_prepared_transactions=2',
]

/** A holder uses up a resource of the server. The connection limits are too high here, because a catalog may set them so. */
export function exhaustionRules(world: () => PostgresWorld): void {
  describe('a holder who takes everything', { timeout: 60_000 }, () => {
    it('connections: the lease still ends, through a connection that is kept open', async () => {
      const { connector, freshAccess, holds, asSuperuser, withCatalog } = world()
      // Another process than the one that granted, and long after it has started.
      const worker = withCatalog({ 'read-orders': readOrders })
      await worker.maintain?.()
      const access = freshAccess()
      await connector.grant(access)
      const credentials = await issued(world(), access)
      const held = await takeEverySlot(credentials)
      expect(held.length).toBeGreaterThan(3)
      let over = false
      const storm = Array.from({ length: 3 }, async () => {
        while (!over) held.push(...(await takeEverySlot(credentials)))
      })
      const startedAt = Date.now()
      await worker.revoke(access)
      expect(Date.now() - startedAt).toBeLessThan(8_000)
      over = true
      await Promise.all(storm)
      expect(await holds(access)).toBe(false)
      for (const client of held) expect(await liveSession(client).alive()).toBe(false)
      expect(await asSuperuser(`select from pg_stat_activity where usename ~ '^daypass_[0-9a-f]'`)).toEqual(
        [],
      )
    })

    it('locks, in a session: the lease still ends', async () => {
      const { connector, freshAccess, holds } = world()
      await connector.maintain?.()
      const access = freshAccess()
      await connector.grant(access)
      const holder = await connectWith(await issued(world(), access))
      await takeLocks(holder)
      const startedAt = Date.now()
      await connector.revoke(access)
      expect(Date.now() - startedAt).toBeLessThan(8_000)
      expect(await holds(access)).toBe(false)
      expect(await liveSession(holder).alive()).toBe(false)
    })

    it('locks, in a prepared transaction and in a session: the lease still ends', async () => {
      const { connector, freshAccess, holds } = world()
      await connector.maintain?.()
      const access = freshAccess()
      await connector.grant(access)
      const credentials = await issued(world(), access)
      const [first, second] = [await connectWith(credentials), await connectWith(credentials)]
      const all = await takeLocks(first)
      await first.query('rollback')
      // Preparing needs a lock or two of its own; the other session takes what is left.
      await takeLocks(first, all - 8)
      await first.query(`prepare transaction 'hog'`)
      await takeLocks(second)
      const startedAt = Date.now()
      await connector.revoke(access)
      expect(Date.now() - startedAt).toBeLessThan(8_000)
      expect(await holds(access)).toBe(false)
      for (const client of [first, second]) expect(await liveSession(client).alive()).toBe(false)
    })

    it('check says that one lease could take them all', async () => {
      expect(await world().connector.check()).toMatchObject({
        ok: false,
        problems: [
          {
            what: expect.stringMatching(/may open \d+ connections/),
            remedy: expect.stringMatching(/connectionLimit/),
          },
        ],
      })
    })
  })
}

async function issued({ connector }: PostgresWorld, access: Parameters<PostgresWorld['holds']>[0]) {
  const credentials = await connector.issueCredentials?.(access)
  if (!credentials) throw new Error('no credentials')
  return credentials
}

async function takeEverySlot(credentials: Credentials): Promise<pg.Client[]> {
  const taken: pg.Client[] = []
  for (;;) {
    const client = await connectWith(credentials).catch(() => null)
    if (!client) return taken
    taken.push(client)
  }
}

/** Locks until there are so many, or until the server's table is full; keeps them in an open transaction. */
async function takeLocks(client: pg.Client, most = 1_000_000): Promise<number> {
  await client.query('begin')
  await client.query(`do $$ begin
    for n in 1..${most} loop
      begin
        perform pg_advisory_xact_lock(pg_backend_pid(), n), set_config('test.taken', n::text, false);
      exception when out_of_memory then exit;
      end;
    end loop; end $$`)
  // Asks for no lock: there is none left.
  const { rows } = await client.query('show test.taken')
  return Number(rows[0]['test.taken'])
}
