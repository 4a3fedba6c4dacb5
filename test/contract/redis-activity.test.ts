import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownRedisMissing, skipLoudly } from '../_redis.ts'
import { lookAt } from './connector-activity.ts'
import { makeRedisWorld, type RedisWorld, readCarts } from './redis-world.ts'

/** What Daypass tells of a lease, compared with the things that its holder did. */
describe.skipIf(skipLoudly('what holders of Redis leases did', ownRedisMissing))('what a holder did', () => {
  let world: RedisWorld
  beforeAll(async () => {
    world = await makeRedisWorld()
  })
  afterAll(() => world?.close())

  it('the last command of each connection is seen, and refusals where ACL LOG may be read', async () => {
    const { connector, access, login, server } = world
    const [used, unused] = [access(readCarts), access(readCarts)]
    await connector.grant(used)
    await connector.grant(unused)
    const credentials = await connector.issueCredentials?.(used)
    if (!credentials) throw new Error('no credentials')
    const [one, two] = [await login(credentials), await login(credentials)]
    await one.set('cart:SECRET', 'SECRET')
    await one.get('cart:SECRET')
    await two.mget('cart:1', 'cart:2')
    await expect(one.get('secret')).rejects.toThrow(/NOPERM|No permissions/)
    await expect(one.flushall()).rejects.toThrow(/NOPERM|no permissions/)
    await one.get('cart:1')
    const [before] = await lookAt(connector, used)
    expect(before?.limits.join()).toContain('ACL LOG')
    await server.run('ACL', 'SETUSER', 'daypass', '+acl|log')
    const [look, other] = await lookAt(connector, used, unused)
    expect(look).toMatchObject({ unit: 'command', isCounted: false, refused: 2 })
    expect(look?.operations.map(({ text }) => text).toSorted()).toEqual(['get', 'mget'])
    expect(look?.sessions.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.1'])
    expect(look?.limits).toHaveLength(1)
    expect(JSON.stringify(look)).not.toContain('SECRET')
    expect(other).toMatchObject({ operations: [], sessions: [], refused: 0, lastUsedAt: null })
    for (const order of [used, unused]) await connector.revoke(order)
  })
})
