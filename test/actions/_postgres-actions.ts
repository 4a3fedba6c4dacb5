import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { postgres } from '../../src/connectors/postgres/connector.ts'
import type { Parameter } from '../../src/domain/action.ts'
import type { Connector, RunOrder, Runs } from '../../src/domain/connector.ts'
import type { EntitlementContent } from '../../src/domain/entitlement-content.ts'
import type { TestPostgres } from '../_postgres.ts'
import { type Content, openConnector } from '../contract/_open-connector.ts'

/** A shop on a real server, with a role that runs actions and an admin that is no superuser. */
export async function openShop(server: TestPostgres) {
  const suffix = randomUUID().slice(0, 8)
  const [database, admin, clerk] = [`shop_${suffix}`, `admin_${suffix}`, `clerk_${suffix}`]
  const owner = new pg.Pool({ connectionString: server.superuserUrl, max: 2 })
  await owner.query(`create role ${admin} login createrole password 'x'`)
  await owner.query(`create role ${clerk} nologin`)
  await owner.query(`grant ${clerk} to ${admin}`)
  await owner.query(`create database ${database}`)
  await owner.end()
  const shop = new pg.Pool({ connectionString: server.url({ database }), max: 4 })
  shop.on('error', () => {})
  await shop.query(`
    create table public.orders (id int primary key, status text not null, total numeric(10, 2) not null, note text, sent_on date);
    insert into public.orders select n, 'paid', n * 10, null, '2026-11-01' from generate_series(1, 50) n;
    create table public.journal (at timestamptz not null default clock_timestamp(), entry text not null);
    grant select, insert, update, delete on public.orders to ${clerk};
    grant insert on public.journal to ${clerk}`)
  const url = server.url({ user: admin, password: 'x', database })
  const opened: Connector[] = []
  const open = (content: Content, entitlementsOf: string = url) => {
    const connector = openConnector(postgres, {
      id: 'shop-db',
      settings: { url: entitlementsOf },
      entitlements: {},
      actions: { it: { runAs: clerk, ...content } },
    })
    opened.push(connector)
    return connector
  }
  return {
    shop,
    url,
    admin,
    clerk,
    /** The runs of an action with this content, and an order of it. */
    action(content: Content) {
      const { runs } = open(content)
      if (!runs) throw new Error('no runs')
      const order = (values: Record<string, string> = {}, previewedRows: number | null = null): RunOrder => ({
        runId: randomUUID(),
        reference: 'AR-1042',
        resourceId: 'shop-db',
        actionId: 'it',
        content: contentOf({ runAs: clerk, ...content }),
        values,
        previewedRows,
        requester: { displayName: 'Carl', userId: 'U0CARL' },
      })
      return { runs, order }
    },
    check: (content: Content) => open(content).check(),
    async close() {
      await Promise.all(opened.map((connector) => connector.close()))
      await shop.end()
    },
  }
}
export type Shop = Awaited<ReturnType<typeof openShop>>

function contentOf(written: Content): EntitlementContent {
  const content = postgres.action?.readContent((schema) => schema.parse(written))
  if (!content) throw new Error('no content')
  return content
}

/** The faults of a template, as `check` finds them. */
export function faultsOf(written: Content, parameters: readonly Parameter[] = []): string[] {
  const found = postgres.action?.problems(contentOf({ runAs: 'clerk', ...written }), parameters) ?? []
  return found.map(({ key, what }) => `${key}: ${what}`)
}

/** Executes it, as the use-case does. */
export async function run(runs: Runs, order: RunOrder, signal = new AbortController().signal) {
  const ready = await runs.ready(order)
  return ready.execute(signal)
}
