import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mariadbMissing } from '../../fixtures/targets/mariadb.ts'
import { skipLoudly } from '../_redis.ts'
import { countsOf, lookAt } from './connector-activity.ts'
import { buildThings, type MysqlWorld, makeMysqlWorld } from './mysql-world.ts'

const isMissing = skipLoudly('what holders of MySQL leases did', mariadbMissing)

/** What Daypass tells of a lease, compared with the things that its holder did. */
describe.skipIf(isMissing).each(['OFF', 'ON'])('MariaDB with its performance schema %s', (state) => {
  let world: MysqlWorld
  beforeAll(async () => {
    world = await makeMysqlWorld([`--performance-schema=${state}`])
  })
  afterAll(() => world?.close())

  it('what a holder did is told as it was done, without what it held', async () => {
    const { connector, access, issued, login, server } = world
    if (state === 'ON') {
      await server.run("grant select on performance_schema.* to daypass@'%'")
      const consumers = "name in ('events_statements_current', 'events_statements_history')"
      await server.run(`update performance_schema.setup_consumers set enabled = 'YES' where ${consumers}`)
    }
    const [used, unused] = [access(buildThings), access(buildThings)]
    await connector.grant(used)
    await connector.grant(unused)
    const client = await login(await issued(used))
    await client.query('create table app_dev.things (id int primary key, word text)')
    await client.query("insert into app_dev.things values (1, 'SECRET'), (2, 'SECRET')")
    await client.query("update app_dev.things set word = 'SECRET' where id = 1")
    await client.query('begin')
    for (const id of [1, 2]) await client.query(`select word from app_dev.things where id = ${id}`)
    await client.query('select word from app_dev.things # SECRET')
    await client.query('commit')
    const [look, other] = await lookAt(connector, used, unused)
    expect(look?.sessions).toMatchObject([{ address: '127.0.0.1' }])
    expect(JSON.stringify(look)).not.toContain('SECRET')
    if (state === 'ON') {
      expect(countsOf(look)).toMatchObject({
        ...{ '(all) create table': 1, '(all) insert': 1, '(all) update': 1, '(all) select': 3 },
        ...{ 'select word from app_dev.things where id = ?': 0 },
      })
      const rows = Object.fromEntries((look?.operations ?? []).map((one) => [one.text, one.rows]))
      expect(rows).toMatchObject({ '(all) select': 4, '(all) insert': 2, '(all) update': 1 })
      expect(look?.operations.flatMap(({ objects }) => objects)).toContain('app_dev.things')
    } else {
      expect(look).toMatchObject({ isCounted: false, operations: [] })
      expect(look?.limits.join()).toContain('performance schema is off')
    }
    expect(other).toMatchObject({ operations: [], sessions: [], lastUsedAt: null })
    await client.query('drop table app_dev.things')
    client.destroy()
    for (const order of [used, unused]) await connector.revoke(order)
  })

  it('a performance schema that Daypass may not read is the same as none', async () => {
    const { connector, access, server } = world
    if (state === 'ON') await server.run("revoke select on performance_schema.* from daypass@'%'")
    const order = access(buildThings)
    await connector.grant(order)
    const [look] = await lookAt(connector, order)
    expect(look).toMatchObject({ isCounted: false, operations: [] })
    await connector.revoke(order)
  })
})
