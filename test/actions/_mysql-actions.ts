import { randomUUID } from 'node:crypto'
import { type MariadbTarget, startMariadb } from '../../fixtures/targets/mariadb.ts'
import { mysql } from '../../src/connectors/mysql/connector.ts'
import type { Connector, RunOrder } from '../../src/domain/connector.ts'
import type { EntitlementContent } from '../../src/domain/entitlement-content.ts'
import { type Content, openConnector } from '../contract/_open-connector.ts'
import { adminStatements } from '../contract/mysql-world.ts'

/** As the documentation gives them; a test compares. `PASSWORD` stands for the password. */
export const runStatements = [
  "create table daypass.runs (id char(36) character set ascii primary key, outcome enum('done', 'undone') not null,",
  '  at timestamp not null default current_timestamp) engine = InnoDB;',
  "grant select, insert on daypass.runs to daypass@'%';",
  "create user orders_clerk@'%' identified by 'PASSWORD';",
  "grant select, insert, update, delete on shop.orders to orders_clerk@'%';",
  "grant insert on daypass.runs to orders_clerk@'%';",
] as const

const password = 'clerk'

/** A shop on a real MariaDB, whose user of Daypass has the rights that its page names, and an account that runs actions. */
export async function openMysqlShop() {
  const server = await startMariadb()
  for (const statement of [
    ...adminStatements.map((text) => text.replace('PASSWORD', 'daypass')),
    'create database shop',
    'create table shop.orders (id int primary key, status varchar(20) not null, total decimal(10, 2) not null, note longtext, sent_on date)',
    ...runStatements
      .join('\n')
      .split(';')
      .filter((text) => text !== '')
      .map((text) => text.replace('PASSWORD', password)),
    'create table shop.journal (at timestamp(6) not null default current_timestamp(6), entry longtext not null) character set utf8mb4',
    "grant select, insert on shop.journal to orders_clerk@'%'",
  ])
    await server.run(statement)
  const settings = {
    url: server.url('daypass', 'daypass'),
    runAccounts: { orders_clerk: { password } },
    runsIn: 'daypass',
    timeout: '8s',
  }
  const opened: Connector[] = []
  const open = (content: Content, changes: object = {}) => {
    const connector = openConnector(mysql, {
      id: 'shop-db',
      settings: { ...settings, ...changes },
      entitlements: {},
      actions: { it: { runAs: 'orders_clerk', ...content } },
    })
    opened.push(connector)
    return connector
  }
  return {
    server,
    settings,
    open,
    refill: () => refill(server),
    statusOf: async (id: number) =>
      (await server.run<{ status: string }>('select status from shop.orders where id = ?', [id]))[0]?.status,
    count: async (table: string) =>
      Number((await server.run<{ n: number }>(`select count(*) as n from ${table}`))[0]?.n),
    /** The runs of an action with this content, and an order of it. */
    action(content: Content, changes: object = {}) {
      const { runs } = open(content, changes)
      if (!runs) throw new Error('no runs')
      const order = (values: Record<string, string> = {}, previewedRows: number | null = null): RunOrder => ({
        runId: randomUUID(),
        reference: 'AR-1042',
        resourceId: 'shop-db',
        actionId: 'it',
        content: contentOf({ runAs: 'orders_clerk', ...content }),
        values,
        previewedRows,
        requester: { displayName: 'Carl', userId: 'U0CARL' },
      })
      return { runs, order }
    },
    async close() {
      await Promise.all(opened.map((connector) => connector.close()))
      await server.close()
    },
  }
}
export type MysqlShop = Awaited<ReturnType<typeof openMysqlShop>>

async function refill(server: MariadbTarget): Promise<void> {
  await server.run('truncate shop.orders')
  await server.run('truncate shop.journal')
  await server.run(`insert into shop.orders
    with recursive n as (select 1 as i union all select i + 1 from n where i < 50) select i, 'paid', i * 10, null, '2026-11-01' from n`)
}

function contentOf(written: Content): EntitlementContent {
  const content = mysql.action?.readContent((schema) => schema.parse(written))
  if (!content) throw new Error('no content')
  return content
}

/** The faults of a template, as `check` finds them. */
export function faultsOfMysql(written: Content): string[] {
  const found = mysql.action?.problems(contentOf({ runAs: 'orders_clerk', ...written }), []) ?? []
  return found.map(({ key, what }) => `${key}: ${what}`)
}
