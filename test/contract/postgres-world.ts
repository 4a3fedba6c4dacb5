import { createHash, randomUUID } from 'node:crypto'
import pg from 'pg'
import { postgres } from '../../src/connectors/postgres/connector.ts'
import type { AccessOrder, Connector, Credentials } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import type { TestPostgres } from '../_postgres.ts'
import { type Content, openConnector } from './_open-connector.ts'
import { openProxy } from './breakable-proxy.ts'
import type { ConnectorWorld, LiveSession } from './connector-world.ts'

/** A shop's database on a real server, and an admin of Daypass's who is no superuser unless asked for. */
export interface PostgresWorld extends ConnectorWorld {
  readonly server: TestPostgres
  readonly database: string
  readonly adminUrl: string
  readonly adminName: string
  readonly superuserAdmin: boolean
  /** Statements as a superuser in the shop's database, or another. */
  asSuperuser<Row extends object>(text: string, values?: unknown[], database?: string): Promise<Row[]>
  /** A connector for other entitlements on the same resource: a changed catalog. */
  withCatalog(entitlements: Readonly<Record<string, Content>>, resourceId?: string, url?: string): Connector
  access(entitlementId: string, entitlement: Content): AccessOrder
  /** The holder's own connection, with credentials just issued. */
  login(connector: Connector, access: AccessOrder, database?: string): Promise<pg.Client>
}

export const readOrders: Content = {
  privileges: [{ on: 'table public.orders', allow: ['SELECT'], columns: ['id', 'status', 'total'] }],
}
export const buildThings: Content = {
  privileges: [
    { on: 'table public.orders', allow: ['SELECT'] },
    { on: 'schema public', allow: ['USAGE', 'CREATE'] },
  ],
}

let worlds = 0

export async function makePostgresWorld(
  server: TestPostgres,
  options: { superuserAdmin?: boolean; connectionLimit?: number } = {},
): Promise<PostgresWorld> {
  worlds += 1
  const database = `shop ${worlds}`
  const adminName = `daypass-admin-${worlds}`
  const password = `s3cret/${randomUUID()}`
  const power = options.superuserAdmin ? 'superuser' : 'createrole'
  await run(server.superuserUrl, `create role "${adminName}" login ${power} password '${password}'`)
  await run(server.superuserUrl, `create database "${database}"`)
  await run(server.url({ database }), setupShop(adminName))
  const proxy = await openProxy({ host: '127.0.0.1', port: server.port })
  const adminUrl = new URL(server.url({ user: adminName, password, database }))
  adminUrl.port = String(proxy.port)
  const superuser = new pg.Pool({ ...partsOf(server.url({ database })), max: 4 })
  superuser.on('error', () => {})
  const opened: Connector[] = []

  const withCatalog: PostgresWorld['withCatalog'] = (
    entitlements,
    resourceId = 'orders-db',
    url = adminUrl.href,
  ) => {
    const settings = {
      url,
      publicHost: '127.0.0.1',
      publicPort: server.port,
      ...(options.connectionLimit ? { connectionLimit: options.connectionLimit } : {}),
    }
    const connector = openConnector(postgres, { id: resourceId, settings, entitlements })
    opened.push(connector)
    return connector
  }
  const connector = withCatalog({ 'read-orders': readOrders })
  const access = (entitlementId: string, content: Content): AccessOrder => ({
    grantId: randomUUID(),
    reference: 'AR-1042',
    resourceId: 'orders-db',
    entitlementId,
    content: contentFromJson(content),
    holder: { displayName: 'Casey Lee', userId: 'U0CASEY' },
    until: new Date(Date.now() + 3_600_000),
  })
  const login: PostgresWorld['login'] = async (issuer, lease, elsewhere) => {
    const credentials = await issuer.issueCredentials?.(lease)
    if (!credentials) throw new Error('no credentials')
    return connectWith(credentials, elsewhere)
  }
  return {
    server,
    database,
    adminUrl: adminUrl.href,
    adminName,
    superuserAdmin: options.superuserAdmin ?? false,
    proxy,
    connector,
    secrets: [password, encodeURIComponent(password)],
    withCatalog,
    access,
    login,
    freshAccess: () => access('read-orders', readOrders),
    asSuperuser: async (text, values, elsewhere) => {
      if (elsewhere !== undefined) return run(server.url({ database: elsewhere }), text)
      return (await superuser.query(text, values)).rows
    },
    holds: async ({ grantId }) => {
      const { rowCount } = await superuser.query('select from pg_roles where rolname = $1', [roleOf(grantId)])
      return rowCount === 1
    },
    use: async (lease) => liveSession(await login(connector, lease)),
    enter: async (credentials) => liveSession(await connectWith(credentials)),
    accepts: async (credentials) => {
      const client = await connectWith(credentials).catch(() => null)
      await client?.end().catch(() => {})
      return client !== null
    },
    plantStranger: async () => {
      const names = ['daypass_backup', `daypass_${'0'.repeat(31)}`, 'casey']
      for (const name of names) await superuser.query(`create role "${name}" login`)
      const other = { ...access('read-orders', readOrders), resourceId: 'other-db' }
      const elsewhere = withCatalog({ 'read-orders': readOrders }, 'other-db')
      await elsewhere.grant(other)
      return async () => {
        await elsewhere.revoke(other)
        for (const name of names) await superuser.query(`drop role "${name}"`)
      }
    },
    rawState: async () => {
      const { rows } = await superuser.query<{ name: string }>(
        "select rolname as name from pg_roles where rolname ~ '^daypass_([0-9a-f]{32}|h[0-9a-f]{40}|left_.*)$' order by 1",
      )
      return rows.map(({ name }) => name)
    },
    handChanges: {
      removed: ({ grantId }) => superuser.query(`drop role ${roleOf(grantId)}`),
      'forbidden to log in': ({ grantId }) => superuser.query(`alter role ${roleOf(grantId)} nologin`),
      'given a further role': ({ grantId }) => superuser.query(`grant pg_monitor to ${roleOf(grantId)}`),
      'without its comment': ({ grantId }) => superuser.query(`comment on role ${roleOf(grantId)} is null`),
    },
    close: async () => {
      await Promise.all(opened.map((each) => each.close()))
      await superuser.end()
      await proxy.break()
    },
  }
}

/** The role's name, as the documentation gives it. */
export function roleOf(grantId: string): string {
  const isUuid = /^[0-9a-f-]{36}$/.test(grantId)
  const hash = createHash('sha256').update(grantId).digest('hex')
  return `daypass_${isUuid ? grantId.replaceAll('-', '') : `h${hash.slice(0, 40)}`}`
}

/** The NOLOGIN role behind a granted access, as the target shows it. */
export async function entitlementRoleOf(world: PostgresWorld, { grantId }: AccessOrder): Promise<string> {
  const [row] = await world.asSuperuser<{ name: string }>(
    `select g.rolname as name from pg_auth_members m join pg_roles g on g.oid = m.roleid
      join pg_roles r on r.oid = m.member where r.rolname = $1 and g.rolname like 'daypass\\_e\\_%'`,
    [roleOf(grantId)],
  )
  if (!row) throw new Error('not granted')
  return row.name
}

export async function connectWith(credentials: Credentials, database?: string): Promise<pg.Client> {
  const field = (label: string) => credentials.fields.find((one) => one.label === label)?.value ?? ''
  const client = new pg.Client({
    host: field('Host'),
    port: Number(field('Port')),
    database: database ?? field('Database'),
    user: field('User'),
    password: field('Password'),
  })
  client.on('error', () => {})
  await client.connect()
  return client
}

export function liveSession(client: pg.Client): LiveSession {
  return {
    alive: () =>
      client.query('select 1').then(
        () => true,
        () => false,
      ),
    close: () => client.end(),
  }
}

/** Not connected yet. */
export function clientOf(url: string, more: pg.ClientConfig = {}): pg.Client {
  const client = new pg.Client({ ...partsOf(url), ...more })
  client.on('error', () => {})
  return client
}

/** Runs statements on a connection of its own. */
export async function run<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client(partsOf(url))
  await client.connect()
  try {
    const result = await client.query<Row>(text)
    return Array.isArray(result) ? [] : result.rows
  } finally {
    await client.end()
  }
}

/** The driver's own reading of a URL leaves some signs in a database's name encoded. */
function partsOf(text: string): pg.ClientConfig {
  const url = new URL(text)
  return {
    host: url.hostname,
    port: Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
  }
}

/** The admin owns nothing: it holds grant options, as a careful DBA would set it up. */
function setupShop(admin: string): string {
  return `
    create table orders (id int primary key, status text, total numeric, card_number text);
    insert into orders values (1, 'paid', 12.5, '4111 1111'), (2, 'open', 7, '4222 2222');
    create table customers (id int primary key, name text);
    create sequence order_numbers;
    create function order_total(int) returns numeric language sql as 'select total from orders where id = $1';
    revoke execute on function order_total(int) from public;
    grant select, insert, update, delete on orders, customers to "${admin}" with grant option;
    grant usage, select on sequence order_numbers to "${admin}" with grant option;
    grant execute on function order_total(int) to "${admin}" with grant option;
    grant usage, create on schema public to "${admin}" with grant option;`
}
