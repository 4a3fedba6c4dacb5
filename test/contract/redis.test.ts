import { afterAll, beforeAll, describe, it } from 'vitest'
import { ownRedisMissing, skipLoudly } from '../_redis.ts'
import { describeConnectorContract } from './connector-contract.ts'
import { lastUseRules } from './connector-last-use.ts'
import { fullServerRules, redisRules } from './redis-rules.ts'
import { makeRedisWorld, type RedisWorld } from './redis-world.ts'

if (skipLoudly('the redis connector', ownRedisMissing)) {
  describe.skip('redis: not on this machine', () => it('is tested', () => {}))
} else {
  describeConnectorContract('redis', () => makeRedisWorld(), {
    grantAll: 'users are made one by one',
    logins: 'each lease has an account of its own',
  })

  describe('redis', () => {
    let world: RedisWorld
    beforeAll(async () => {
      world = await makeRedisWorld()
    })
    afterAll(() => world?.close())
    redisRules(() => world)
    lastUseRules(() => world)
  })

  describe('redis, full', () => fullServerRules())
}
