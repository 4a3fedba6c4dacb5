import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { TestPostgres, TestPostgresOptions } from '../_postgres.ts'
import type { Content } from './_open-connector.ts'
import { countsOf, lookAt } from './connector-activity.ts'
import { makePostgresWorld, type PostgresWorld } from './postgres-world.ts'

const workOnOrders: Content = {
  privileges: [
    { on: 'table public.orders', allow: ['SELECT', 'UPDATE'] },
    { on: 'schema public', allow: ['USAGE'] },
  ],
}

/** What Daypass tells of a lease, compared with the things that its holder did. */
export function describePostgresActivity(
  start: (options: TestPostgresOptions) => Promise<TestPostgres>,
): void {
  describe('what a holder did', () => {
    let server: TestPostgres
    let world: PostgresWorld
    beforeAll(async () => {
      server = await start({ settings: ['shared_preload_libraries=pg_stat_statements'] })
      world = await makePostgresWorld(server)
    }, 60_000)
    afterAll(async () => {
      await world?.close()
      await server?.close()
    }, 30_000)

    it('without the extension, only open sessions and their last statement are seen, and that is said', async () => {
      const { connector, freshAccess } = world
      const [used, unused] = [freshAccess(), freshAccess()]
      await connector.grant(used)
      await connector.grant(unused)
      const session = await world.login(connector, used)
      await session.query("select id from orders where status = 'SECRET' /* SECRET */")
      const [look, other] = await lookAt(connector, used, unused)
      expect(countsOf(look)).toEqual({ 'select id from orders where status = ?': 1 })
      expect(look).toMatchObject({
        isCounted: false,
        unit: 'statement',
        sessions: [{ address: '127.0.0.1' }],
      })
      expect(look?.limits.join()).toContain('pg_stat_statements is not installed')
      expect(other).toMatchObject({ sessions: [], operations: [], lastUsedAt: null })
      await session.end()
      for (const order of [used, unused]) await connector.revoke(order)
    })

    it('with the extension and pg_read_all_stats, all ten things are told as they were done', async () => {
      const { connector, access, asSuperuser, adminName } = world
      await asSuperuser('create extension if not exists pg_stat_statements')
      await asSuperuser(`grant pg_read_all_stats to "${adminName}"`)
      const [used, unused] = [access('work', workOnOrders), access('work', workOnOrders)]
      const offering = world.withCatalog({ work: workOnOrders })
      await offering.grant(used)
      await offering.grant(unused)
      const session = await world.login(offering, used)
      const rows = (await session.query('select id, status from orders')).rowCount ?? 0
      for (const id of [1, 2, 3]) await session.query(`select status from orders where id = ${id} -- SECRET`)
      await session.query('select status from orders where id = $1', [2])
      await session.query('begin')
      const changed = (await session.query("update orders set status = 'SECRET' where id = 1")).rowCount
      await session.query('rollback')
      await session.query('select count(*) from pg_class')
      await expect(session.query("select 'SECRET' from missing")).rejects.toThrow()
      await session.end()
      await vi.waitFor(async () => {
        const [look] = await lookAt(connector, used)
        expect(look?.sessions).toEqual([])
      })
      const [look, nothing] = await lookAt(offering, used, unused)
      expect(countsOf(look)).toEqual({
        'select id, status from orders': 1,
        'select status from orders where id = ?': 4,
        'update orders set status = ? where id = ?': 1,
        'select count(*) from pg_class': 1,
      })
      expect(look?.operations.find(({ kind }) => kind === 'change')).toMatchObject({ rows: changed })
      expect(look?.operations.find(({ text }) => text === 'select id, status from orders')?.rows).toBe(rows)
      expect(new Set(look?.operations.flatMap(({ objects }) => objects))).toEqual(new Set(['orders']))
      expect(look).toMatchObject({ isCounted: true, limits: [] })
      expect(JSON.stringify(look)).not.toContain('SECRET')
      expect(nothing).toMatchObject({ isCounted: true, operations: [], sessions: [], lastUsedAt: null })
      for (const order of [used, unused]) await offering.revoke(order)
    })

    it('a holder who makes statistics slow holds up a look for a second at most, and the end not at all', async () => {
      const { connector, freshAccess } = world
      const order = freshAccess()
      await connector.grant(order)
      const session = await world.login(connector, order)
      await session.query('begin')
      await session.query('select id from orders')
      await Promise.all([lookAt(connector, order), connector.revoke(order)])
      expect(await world.holds(order)).toBe(false)
      await session.end().catch(() => {})
    })
  })
}
