import { createHash, randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { type RedisTarget, startRedisTarget } from '../../fixtures/targets/redis.ts'
import { redis } from '../../src/connectors/redis/connector.ts'
import type { AccessOrder, Connector, Credentials } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { type Content, openConnector } from './_open-connector.ts'
import { openProxy } from './breakable-proxy.ts'
import type { ConnectorWorld, LiveSession } from './connector-world.ts'

/** A shop's carts on a real server, and an admin with exactly the rights that docs/connectors/redis.md names. */
export interface RedisWorld extends ConnectorWorld {
  readonly server: RedisTarget
  readonly adminPassword: string
  /** A connector with other settings or entitlements on the same server. */
  withCatalog(entitlements: Readonly<Record<string, Content>>, changes?: CatalogChanges): Connector
  access(content: Content): AccessOrder
  login(credentials: Credentials): Promise<Redis>
}

interface CatalogChanges {
  readonly resourceId?: string
  readonly settings?: Readonly<Record<string, unknown>>
}

export const readCarts: Content = {
  commands: ['@read', '@write', '@transaction', 'subscribe', 'blpop'],
  keys: ['cart:*'],
  readKeys: ['price:*'],
  channels: ['news.*'],
}

/** As the documentation gives it; a test compares. */
export const adminRules =
  '-@all +acl|setuser +acl|getuser +acl|deluser +acl|users +acl|save +client|list +client|kill +info +time'

export async function makeRedisWorld(
  settings: readonly string[] = [],
  { aclFile = true } = {},
): Promise<RedisWorld> {
  const server = await startRedisTarget(settings, { aclFile })
  const adminPassword = `s3cret/${randomUUID()}`
  await server.run('ACL', 'SETUSER', 'daypass', 'on', `>${adminPassword}`, ...adminRules.split(' '))
  await server.run('SET', 'cart:1', 'apples')
  await server.run('SET', 'price:apples', '3')
  await server.run('SET', 'secret', 'x')
  const proxy = await openProxy({ host: '127.0.0.1', port: server.port })
  const opened: Connector[] = []
  const sessions = new Set<Redis>()

  const atProxy = {
    url: server.url('daypass', adminPassword, proxy.port),
    publicPort: server.port,
    timeout: '2s',
  }
  const withCatalog: RedisWorld['withCatalog'] = (entitlements, { resourceId = 'carts', settings } = {}) => {
    const connector = openConnector(redis, {
      id: resourceId,
      settings: { ...atProxy, ...settings },
      entitlements,
    })
    opened.push(connector)
    return connector
  }
  const connector = withCatalog({ 'read-carts': readCarts })
  const access: RedisWorld['access'] = (content) => ({
    grantId: randomUUID(),
    reference: 'AR-1042',
    resourceId: 'carts',
    entitlementId: 'read-carts',
    content: contentFromJson(content),
    holder: { displayName: 'Casey Lee', userId: 'U0CASEY' },
    until: new Date(Date.now() + 3_600_000),
  })
  const login: RedisWorld['login'] = async (credentials) => {
    const field = (label: string) => credentials.fields.find((one) => one.label === label)?.value ?? ''
    const client = new Redis({
      host: field('Host'),
      port: Number(field('Port')),
      username: field('User'),
      password: field('Password'),
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
    })
    client.on('error', () => {})
    sessions.add(client)
    // A refused password fails only the first command.
    await client.connect()
    await client.ping().catch((error) => {
      client.disconnect()
      throw error
    })
    return client
  }
  const issued = async (order: AccessOrder): Promise<Credentials> => {
    const credentials = await connector.issueCredentials?.(order)
    if (!credentials) throw new Error('no credentials')
    return credentials
  }
  const users = async () => String(await server.run('ACL', 'USERS')).split(',')
  return {
    server,
    adminPassword,
    proxy,
    connector,
    secrets: [adminPassword, encodeURIComponent(adminPassword)],
    withCatalog,
    access,
    login,
    freshAccess: () => access(readCarts),
    holds: async ({ grantId }) => {
      const user = await server.run('ACL', 'GETUSER', userOf(grantId))
      return Array.isArray(user) && user.flat().includes('on')
    },
    rawState: async () => (await users()).filter((user) => user.startsWith('daypass:')).sort(),
    inCatalog: {
      resource: 'carts',
      entitlement: 'read-carts',
      connector: { kind: 'redis', ...atProxy },
      content: readCarts,
    },
    use: async (order) => sessionOf(await login(await issued(order))),
    enter: async (credentials) => sessionOf(await login(credentials)),
    accepts: (credentials) =>
      login(credentials).then(
        (client) => {
          client.disconnect()
          return true
        },
        () => false,
      ),
    plantStranger: async () => {
      const names = ['daypass:carts:backup', 'daypass:other', `carts:${'0'.repeat(32)}`]
      for (const name of names) await server.run('ACL', 'SETUSER', name, 'on', '>x')
      const other = { ...access(readCarts), resourceId: 'other' }
      const elsewhere = withCatalog({ 'read-carts': readCarts }, { resourceId: 'other' })
      await elsewhere.grant(other)
      return async () => {
        await elsewhere.revoke(other)
        await server.run('ACL', 'DELUSER', ...names)
      }
    },
    handChanges: {
      removed: ({ grantId }) => server.run('ACL', 'DELUSER', userOf(grantId)),
      'switched off': ({ grantId }) => server.run('ACL', 'SETUSER', userOf(grantId), 'off'),
      'given everything': ({ grantId }) =>
        server.run('ACL', 'SETUSER', userOf(grantId), '+@all', '~*', '&*', 'nopass'),
      'given a selector': ({ grantId }) => server.run('ACL', 'SETUSER', userOf(grantId), '(+get ~*)'),
    },
    resistance: {
      'keeps reconnecting': async (_, credentials) => reconnecting(() => login(credentials)),
      'blocks on a list': async (_, credentials) => {
        const client = await login(credentials)
        client.blpop('cart:nothing', 0).catch(() => {})
        return sessionOf(client)
      },
      'listens on a channel': async (_, credentials) => {
        const client = await login(credentials)
        await client.subscribe('news.today')
        return {
          // The number of those who got the message.
          alive: async () => (await server.run('PUBLISH', 'news.today', 'x')) !== 0,
          close: async () => client.disconnect(),
        }
      },
      'opens a transaction and leaves it': async (_, credentials) => {
        const client = await login(credentials)
        await client.call('MULTI')
        await client.call('SET', 'cart:2', 'pears')
        return sessionOf(client)
      },
      'opens two hundred connections': async (_, credentials) => {
        const clients = await Promise.all(Array.from({ length: 200 }, () => login(credentials)))
        return {
          alive: async () =>
            (await Promise.all(clients.map((client) => sessionOf(client).alive()))).includes(true),
          close: async () => {
            for (const client of clients) client.disconnect()
          },
        }
      },
    },
    close: async () => {
      for (const session of sessions) session.disconnect()
      await Promise.all(opened.map((each) => each.close()))
      await proxy.break()
      await server.close()
    },
  }
}

/** The user's name, as the documentation gives it. */
export function userOf(grantId: string, resourceId = 'carts'): string {
  const isUuid = /^[0-9a-f-]{36}$/.test(grantId)
  const hash = createHash('sha256').update(grantId).digest('hex')
  return `daypass:${resourceId}:${isUuid ? grantId.replaceAll('-', '') : `h${hash.slice(0, 31)}`}`
}

function sessionOf(client: Redis): LiveSession {
  return {
    alive: () =>
      client.ping().then(
        () => true,
        () => false,
      ),
    close: async () => client.disconnect(),
  }
}

/** Connects anew whenever it is cut off. Alive while it ever gets in again. */
function reconnecting(login: () => Promise<Redis>): LiveSession {
  let over = false
  let current: Redis | null = null
  const loop = async () => {
    while (!over) {
      current = await login().catch(() => null)
      while (!over && current && (await sessionOf(current).alive()));
    }
  }
  const looping = loop()
  return {
    alive: () =>
      login().then(
        (client) => {
          client.disconnect()
          return true
        },
        () => false,
      ),
    close: async () => {
      over = true
      current?.disconnect()
      await looping
    },
  }
}
