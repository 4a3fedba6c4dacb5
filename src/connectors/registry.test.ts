import { describe, expect, it } from 'vitest'
import type { Catalog, Resource } from '../domain/catalog.ts'
import { type AccessOrder, type Connector, ConnectorError } from '../domain/connector.ts'
import { createConnectors } from './registry.ts'
import type { UnexpectedFailure } from './reporting.ts'

const resource = (connector: Connector): Resource => ({
  id: 'orders-db',
  name: 'Orders',
  environment: null,
  owners: { channel: 'C0', approvers: [] },
  connector: { kind: 'fake', isSame: () => false, open: () => connector },
  entitlements: new Map(),
})
const catalog = (connector: Connector): Catalog => ({
  contentHash: '',
  security: { channel: 'C0', leads: [] },
  defaults: {
    requestTimeoutSeconds: 1,
    remindAfterSeconds: 1,
    expiryNoticesSeconds: [],
    requestsPerHour: 1,
    selfServePerPersonAndDay: 1,
    longestPreApprovalSeconds: 1,
  },
  resources: new Map([['orders-db', resource(connector)]]),
})
const access = {} as AccessOrder

function connectorThatFails(error: unknown) {
  const connector: Connector = {
    grant: () => Promise.reject(error),
    revoke: () => {
      throw error
    },
    check: async () => ({ ok: true, summary: 'well' }),
    close: async () => {},
  }
  const reported: UnexpectedFailure[] = []
  const connectors = createConnectors(catalog(connector), (failure) => reported.push(failure))
  return { connector: connectors.of('orders-db'), reported }
}

it.each(['grant', 'revoke'] as const)(
  'what a connector did not foresee in `%s` is logged, and the message names the reference that finds it',
  async (operation) => {
    const cause = new TypeError('x is not a function')
    const { connector, reported } = connectorThatFails(cause)
    const error = await (async () => connector[operation](access))().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConnectorError)
    expect(error).toMatchObject({ code: 'unexpected', retryable: true, cause })
    expect(reported).toMatchObject([{ resourceId: 'orders-db', operation, error: cause }])
    expect((error as Error).message).toContain(reported[0]?.reference)
    expect((error as Error).message).not.toContain('x is not')
  },
)

it('what a connector says itself passes as it is', async () => {
  const cause = new ConnectorError('unreachable', 'It does not answer.', { retryable: true })
  const { connector, reported } = connectorThatFails(cause)
  await expect(connector.grant(access)).rejects.toBe(cause)
  expect(reported).toEqual([])
})

it('what a connector cannot do stays absent', async () => {
  const { connector } = connectorThatFails(null)
  expect(connector.issueCredentials).toBeUndefined()
  expect(await connector.check()).toEqual({ ok: true, summary: 'well' })
})

describe('another catalog', () => {
  const fake = () => {
    let end = () => {}
    const running = new Promise<void>((resolve) => {
      end = resolve
    })
    const seen: string[] = []
    const connector: Connector = {
      grant: async () => {
        throw new Error('gave')
      },
      revoke: async () => {
        await running
        seen.push('revoked')
        return { readAt: new Date(0), summary: 'gone', facts: {} }
      },
      check: async () => ({ ok: true, summary: 'well' }),
      close: async () => {
        seen.push('closed')
      },
    }
    return { connector, seen, end }
  }
  const registry = (first: Connector) => createConnectors(catalog(first), () => {})
  const without = { ...catalog(fake().connector), resources: new Map() }

  it('replaces the connector of a changed resource, and closes the former after its running operations', async () => {
    const [before, after] = [fake(), fake()]
    const connectors = registry(before.connector)
    const revoking = connectors.of('orders-db').revoke(access)
    connectors.use(catalog(after.connector))
    after.end()
    await connectors.of('orders-db').revoke(access)
    expect([before.seen, after.seen]).toEqual([[], ['revoked']])
    before.end()
    await revoking
    await connectors.close()
    expect([before.seen, after.seen]).toEqual([
      ['revoked', 'closed'],
      ['revoked', 'closed'],
    ])
  })

  it('leaves the connector of an unchanged resource as it is', async () => {
    const { resources, ...rest } = catalog(fake().connector)
    const was = resources.get('orders-db') as Resource
    const named = (name: string): Catalog => {
      const connector = { ...was.connector, isSame: () => true }
      return { ...rest, resources: new Map([['orders-db', { ...was, name, connector }]]) }
    }
    const connectors = createConnectors(named('Orders'), () => {})
    const opened = connectors.of('orders-db')
    connectors.use(named('Another name'))
    expect(connectors.of('orders-db')).toBe(opened)
  })

  it('gives nothing at a removed resource, takes away what is held there, and is closed when nothing is', async () => {
    const before = fake()
    const connectors = registry(before.connector)
    connectors.of('orders-db')
    connectors.use(without)
    before.end()
    await expect(connectors.of('orders-db').grant(access)).rejects.toMatchObject({ code: 'not_in_catalog' })
    await connectors.of('orders-db').revoke(access)
    await connectors.closeRemoved(async () => true)
    expect(before.seen).toEqual(['revoked'])
    await connectors.closeRemoved(async () => false)
    expect(before.seen).toEqual(['revoked', 'closed'])
    expect(() => connectors.of('orders-db')).toThrow(/no longer names/)
  })
})
