import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { rulesOf } from '../../src/connectors/redis/acl.ts'
import { entitlementSchema } from '../../src/connectors/redis/schema.ts'
import { redisMissing } from '../../test/_redis.ts'
import { makeRedisWorld, readCarts } from '../../test/contract/redis-world.ts'
import { credentialsOf, fieldOf, type SystemKind } from './system.ts'

// The same rules as the connector's: with fewer of them, the user could empty the server.
const rules = rulesOf(entitlementSchema.parse(readCarts))

export const redisSystem: SystemKind = {
  kind: 'redis',
  missing: redisMissing,
  start: async () => {
    const world = await makeRedisWorld()
    const admin = new Redis(world.server.url('daypass', world.adminPassword, world.proxy.port))
    const acl = (...words: string[]) => admin.call('ACL', ...words)
    return {
      world,
      bare: {
        grant: async () => {
          const [user, password] = [
            `bare:${randomBytes(8).toString('hex')}`,
            randomBytes(18).toString('base64'),
          ]
          await acl('SETUSER', user, 'reset', `>${password}`, ...rules)
          await acl('SAVE')
          if (!(await acl('GETUSER', user))) throw new Error('the user is not there')
          return credentialsOf({ Host: '127.0.0.1', Port: world.server.port, User: user, Password: password })
        },
        revoke: async (given) => {
          const user = fieldOf(given, 'User')
          // DELUSER disconnects the user's clients. Of a user that is gone, CLIENT KILL knows nothing.
          await acl('DELUSER', user)
          await acl('SAVE')
          if (await acl('GETUSER', user)) throw new Error('the user is still there')
          if (String(await admin.client('LIST')).includes(`user=${user} `))
            throw new Error('a client is left')
        },
      },
      close: async () => {
        admin.disconnect()
        await world.close()
      },
    }
  },
}
