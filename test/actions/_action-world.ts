import { parseCatalog } from '../../src/catalog-file/read-catalog.ts'
import { connectorKinds } from '../../src/connectors/kinds.ts'
import { createConnectors } from '../../src/connectors/registry.ts'
import type { Runs } from '../../src/domain/connector.ts'
import { trackerKinds } from '../../src/trackers/kinds.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import type { TestPostgres } from '../_postgres.ts'
import { openWorld, usualAsk, type World, who } from '../_world.ts'
import { openShop } from './_postgres-actions.ts'

/** The world of the use-cases, with actions on a real Postgres by a catalog file. */
export async function openActionWorld(server: TestPostgres) {
  return addActions(await openWorld(), server)
}
export type ActionWorld = Awaited<ReturnType<typeof openActionWorld>>

/** Gives a world such actions in place of what it offers. */
export async function addActions<Base extends World>(world: Base, server: TestPostgres) {
  const shop = await openShop(server)
  const parse = (changes: (text: string) => string = (text) => text) =>
    parseCatalog('catalog.yml', changes(catalogText(shop.clerk)), {
      environment: { URL: shop.url },
      connectorKinds,
      trackerKinds,
    })
  const catalog = parse()
  const registry = createConnectors(catalog, ({ error }) => {
    throw error
  })
  /** Steps in between the runs of the real connector. */
  const between: { runs: ((runs: Runs) => Runs) | null } = { runs: null }
  const connectors = {
    of: (resourceId: string) => {
      const connector = registry.of(resourceId)
      const runs = connector.runs && (between.runs?.(connector.runs) ?? connector.runs)
      return { ...connector, ...(runs && { runs }) }
    },
  }
  Object.assign(world.ports, { catalog, connectors })
  const ask = (
    parameters: Record<string, string>,
    changes: Partial<Parameters<typeof requestAccess>[1]> = {},
  ) =>
    requestAccess(world.ports, {
      ...usualAsk(),
      entitlementId: 'refund-order',
      duration: null,
      parameters,
      ...changes,
    })
  return {
    ...world,
    shop,
    catalogText: catalogText(shop.clerk),
    between,
    ask,
    /** Another catalog holds from now on. */
    changeCatalog: (changes: (text: string) => string) => {
      const changed = parse(changes)
      Object.assign(world.ports, { catalog: changed })
      registry.use(changed)
    },
    /** Asks, and waits until the owners are asked. Resolves with the id of the request. */
    async asked(parameters: Record<string, string>, entitlementId = 'refund-order') {
      const answer = await ask(parameters, { entitlementId })
      if (answer.kind !== 'submitted') throw new Error(JSON.stringify(answer))
      await world.processAll()
      return answer.history.request.id
    },
    approve: (requestId: string, userId = 'U0DANA') =>
      decideRequest(world.ports, { by: who(userId), requestId, verdict: 'approve', reason: null }),
    history: async (requestId: string) => {
      const history = await world.ports.store.histories.byRequest(requestId)
      if (!history) throw new Error('no history')
      return history
    },
    /** The actions of the audit log about this request, in order. */
    async events(requestId: string) {
      const rows = await world.database.sql`
        select action, details from audit_events where request_id = ${requestId} order by id`
      return rows.map(({ action, details }) => ({ action, details }))
    },
    statusOf: async (id: number) =>
      (await shop.shop.query('select status from public.orders where id = $1', [id])).rows[0]?.status,
    async close() {
      await registry.close()
      await shop.close()
      await world.close()
    },
  }
}

function catalogText(clerk: string | undefined): string {
  return `version: 1
security: { channel: C0SECURITY, leads: [S0SECURITY] }
resources:
  orders-db:
    name: Orders database
    environment: production
    owners: { channel: C0ORDERS, approvers: [U0DANA, S0DBAS] }
    connector: { kind: postgres, url: "\${URL}" }
    entitlements: {}
    actions:
      refund-order:
        name: Refund an order
        risk: medium
        runWithin: 15m
        parameters:
          order: { type: number, label: Order, min: 1, max: 9999 }
          why: { type: enum, values: [damaged, lost] }
        statement: update public.orders set status = 'refunded', note = :why where id = :order and status = 'paid'
        runAs: ${clerk}
        writes: { rows: 1, show: "select id, status, note from public.orders where id = :order" }
      show-order:
        name: Look at an order
        risk: low
        parameters:
          text: { type: string, pattern: ".*", maxLength: 1000 }
          day: { type: date, min: "2026-01-01", max: "2026-12-31" }
        keepOutput: 1h
        redact: { columns: [note], patterns: ["[0-9]{4}-[0-9]{4}"] }
        statement: select id, status, note, :text as said from public.orders where sent_on <= :day order by id limit 2
        runAs: ${clerk}
      slow-order:
        name: Think about an order
        risk: low
        statement: select pg_sleep(20)
        runAs: ${clerk}
`
}
