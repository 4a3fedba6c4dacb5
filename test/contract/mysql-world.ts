import { createHash, randomUUID } from 'node:crypto'
import { type Connection, createConnection } from 'mysql2/promise'
import { type MariadbTarget, startMariadb } from '../../fixtures/targets/mariadb.ts'
import { mysql } from '../../src/connectors/mysql/connector.ts'
import type { AccessOrder, Connector, Credentials } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { type Content, openConnector } from './_open-connector.ts'
import { openProxy } from './breakable-proxy.ts'
import type { ConnectorWorld, LiveSession } from './connector-world.ts'

/** A shop's database on a real MariaDB, and an admin with exactly the rights that docs/connectors/mysql.md names. */
export interface MysqlWorld extends ConnectorWorld {
  readonly server: MariadbTarget
  readonly adminPassword: string
  /** A connector with other settings or entitlements on the same server. */
  withCatalog(entitlements: Readonly<Record<string, Content>>, changes?: CatalogChanges): Connector
  access(content: Content): AccessOrder
  issued(order: AccessOrder): Promise<Credentials>
  login(credentials: Credentials): Promise<Connection>
}

interface CatalogChanges {
  readonly resourceId?: string
  readonly settings?: Readonly<Record<string, unknown>>
}

export const readOrders: Content = {
  privileges: [
    { on: 'app.orders', allow: ['SELECT'], columns: ['id', 'status'] },
    { on: 'app.notes', allow: ['SELECT', 'INSERT'] },
  ],
}
export const buildThings: Content = {
  privileges: [
    {
      on: 'app_dev.*',
      allow: [
        ...['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'DROP', 'CREATE VIEW', 'SHOW VIEW'],
        ...['CREATE ROUTINE', 'EXECUTE', 'TRIGGER', 'EVENT', 'LOCK TABLES'],
      ],
    },
  ],
}

/** As the documentation gives them; a test compares. `PASSWORD` stands for the password. */
export const adminStatements = [
  "create user daypass@'%' identified by 'PASSWORD';",
  "grant create user, process, connection admin on *.* to daypass@'%';",
  "grant select on mysql.* to daypass@'%';",
  'create database if not exists daypass;',
  "grant event on daypass.* to daypass@'%';",
] as const

export async function makeMysqlWorld(settings: readonly string[] = []): Promise<MysqlWorld> {
  const server = await startMariadb(settings)
  const adminPassword = `s3cret/${randomUUID()}`
  for (const statement of [
    ...adminStatements.map((text) => text.replace('PASSWORD', adminPassword)),
    'create database app',
    'create database app_dev',
    'create table app.orders (id int primary key, status text, card_number text)',
    "insert into app.orders values (1, 'paid', '4111 1111'), (2, 'open', '4222 2222')",
    'create table app.notes (id int primary key auto_increment, note text)',
    'create role `Orders Fixer`',
    'grant select, update on app.orders to `Orders Fixer`',
    "grant select, insert on app.orders to daypass@'%' with grant option",
    "grant select, insert on app.notes to daypass@'%' with grant option",
    "grant all on `app\\_dev`.* to daypass@'%' with grant option",
    "grant `Orders Fixer` to daypass@'%' with admin option",
  ]) {
    await server.run(statement)
  }
  const proxy = await openProxy({ host: '127.0.0.1', port: server.port })
  const opened: Connector[] = []
  const sessions = new Set<Connection>()

  const atProxy = {
    url: server.url('daypass', adminPassword, proxy.port),
    publicPort: server.port,
    eventsIn: 'daypass',
    timeout: '3s',
    connectionLimit: 20,
  }
  const withCatalog: MysqlWorld['withCatalog'] = (entitlements, { resourceId = 'shop', settings } = {}) => {
    const connector = openConnector(mysql, {
      id: resourceId,
      settings: { ...atProxy, ...settings },
      entitlements,
    })
    opened.push(connector)
    return connector
  }
  const connector = withCatalog({ 'read-orders': readOrders })
  const access: MysqlWorld['access'] = (content) => ({
    grantId: randomUUID(),
    reference: 'AR-1042',
    resourceId: 'shop',
    entitlementId: 'read-orders',
    content: contentFromJson(content),
    holder: { displayName: 'Casey Lee', userId: 'U0CASEY' },
    until: new Date(Date.now() + 3_600_000),
  })
  const login: MysqlWorld['login'] = async (credentials) => {
    const field = (label: string) => credentials.fields.find((one) => one.label === label)?.value ?? ''
    const client = await createConnection({
      host: field('Host'),
      port: Number(field('Port')),
      user: field('User'),
      password: field('Password'),
    })
    client.on('error', () => {})
    sessions.add(client)
    return client
  }
  const issued: MysqlWorld['issued'] = async (order) => {
    const credentials = await connector.issueCredentials?.(order)
    if (!credentials) throw new Error('no credentials')
    return credentials
  }
  const account = (order: AccessOrder) => `'${userOf(order.grantId)}'@'%'`
  return {
    server,
    adminPassword,
    proxy,
    connector,
    secrets: [adminPassword, encodeURIComponent(adminPassword)],
    withCatalog,
    access,
    issued,
    login,
    inCatalog: {
      resource: 'shop',
      entitlement: 'read-orders',
      connector: { kind: 'mysql', ...atProxy },
      content: readOrders,
    },
    freshAccess: () => access(readOrders),
    holds: async ({ grantId }) => {
      const rows = await server.run<{ locked: unknown }>(
        "select json_value(Priv, '$.account_locked') as locked from mysql.global_priv where User = ?",
        [userOf(grantId)],
      )
      return rows.some(({ locked }) => Number(locked) !== 1 && locked !== 'true')
    },
    namesOf: ({ grantId }) => [userOf(grantId)],
    rawState: async () => {
      const rows = await server.run<{ what: string }>(
        `select concat('account ', User) as what from mysql.global_priv where left(User, 6) = 'dpass_'
          union all select concat('session ', user) from information_schema.processlist where left(user, 6) = 'dpass_'
          union all select concat('event ', event_name) from information_schema.events where left(event_name, 8) = 'daypass_' order by 1`,
      )
      return rows.map(({ what }) => what)
    },
    enter: async (credentials) => sessionOf(await login(credentials)),
    use: async (order) => {
      const client = await login(await issued(order))
      await client.query('use app')
      return sessionOf(client)
    },
    accepts: (credentials) =>
      login(credentials).then(
        (client) => {
          client.destroy()
          return true
        },
        () => false,
      ),
    plantStranger: async () => {
      const names = ['dpass_backup', `${prefix('shop')}short`, 'casey']
      for (const name of names) await server.run(`create user '${name}'@'%'`)
      const other = { ...access(readOrders), resourceId: 'other' }
      const elsewhere = withCatalog({ 'read-orders': readOrders }, { resourceId: 'other' })
      await elsewhere.grant(other)
      return async () => {
        await elsewhere.revoke(other)
        for (const name of names) await server.run(`drop user '${name}'@'%'`)
      }
    },
    handChanges: {
      removed: (order) => server.run(`drop user ${account(order)}`),
      locked: (order) => server.run(`alter user ${account(order)} account lock`),
      'given everything': (order) => server.run(`grant all on *.* to ${account(order)} with grant option`),
      'given a role': (order) => server.run(`grant \`Orders Fixer\` to ${account(order)} with admin option`),
      'copied to another host': (order) => server.run(`create user '${userOf(order.grantId)}'@'127.0.0.1'`),
      'without its event': async ({ grantId }) =>
        server.run(`drop event if exists daypass.${eventOf(grantId)}`),
    },
    resistance: {
      'keeps reconnecting': async (_, credentials) => reconnecting(() => login(credentials)),
      'sleeps in a statement': async (_, credentials) => {
        const client = await login(credentials)
        client.query('select sleep(600)').catch(() => {})
        return aliveById(server, client)
      },
      'changes its own password': async (_, credentials) => {
        const client = await login(credentials)
        await client.query("set password = password('mine')")
        return sessionOf(client)
      },
      'locks a table, and takes a lock by name': async (_, credentials) => {
        const client = await login(credentials)
        await client.query("select get_lock('mine', 0)")
        await client.query('begin')
        await client.query("insert into app.notes (note) values ('x')")
        return sessionOf(client)
      },
      'keeps a table open in a transaction': async (_, credentials) => {
        const client = await login(credentials)
        await client.query('use app')
        await client.query('begin')
        await client
          .query('select id from app.orders for update')
          .catch(() => client.query('select id from orders'))
        return sessionOf(client)
      },
      'opens every connection that it may': async (_, credentials) => {
        const clients = await Promise.all(Array.from({ length: 20 }, () => login(credentials)))
        return {
          alive: async () =>
            (await Promise.all(clients.map((client) => sessionOf(client).alive()))).includes(true),
          close: async () => {
            for (const client of clients) client.destroy()
          },
        }
      },
    },
    close: async () => {
      for (const session of sessions) session.destroy()
      await Promise.all(opened.map((each) => each.close()))
      await proxy.break()
      await server.close()
    },
  }
}

/** The user's name, as the documentation gives it. */
export function userOf(grantId: string, resourceId = 'shop'): string {
  return `${prefix(resourceId)}${bytesOf(grantId).toString('base64url')}`
}

export function eventOf(grantId: string): string {
  const isUuid = /^[0-9a-f-]{36}$/.test(grantId)
  return `daypass_${isUuid ? grantId.replaceAll('-', '') : `h${hash(grantId).slice(0, 31)}`}`
}

function prefix(resourceId: string): string {
  return `dpass_${createHash('sha256').update(resourceId).digest('base64url').slice(0, 4)}`
}

function bytesOf(grantId: string): Buffer {
  const isUuid = /^[0-9a-f-]{36}$/.test(grantId)
  return Buffer.from(isUuid ? grantId.replaceAll('-', '') : hash(grantId).slice(0, 32), 'hex')
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export function sessionOf(client: Connection): LiveSession {
  return {
    alive: () =>
      client.query('select 1').then(
        () => true,
        () => false,
      ),
    close: async () => client.destroy(),
  }
}

/** For a session that is busy: as the server sees it. */
function aliveById(server: MariadbTarget, client: Connection): LiveSession {
  const id = client.threadId
  return {
    alive: async () =>
      (
        await server.run(
          "select 1 from information_schema.processlist where id = ? and command <> 'Killed'",
          [id],
        )
      ).length > 0,
    close: async () => client.destroy(),
  }
}

/** Connects anew whenever it is cut off. */
function reconnecting(login: () => Promise<Connection>): LiveSession {
  let over = false
  let current: Connection | null = null
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
          client.destroy()
          return true
        },
        () => false,
      ),
    close: async () => {
      over = true
      current?.destroy()
      await looping
    },
  }
}
