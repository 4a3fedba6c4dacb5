import { expect, it } from 'vitest'
import type { Catalog, Resource } from '../domain/catalog.ts'
import { type AccessOrder, type Connector, ConnectorError } from '../domain/connector.ts'
import { createConnectors, type UnexpectedFailure } from './registry.ts'

const resource = (connector: Connector): Resource => ({
  id: 'orders-db',
  name: 'Orders',
  environment: null,
  owners: { channel: 'C0', approvers: [] },
  connector: { kind: 'fake', open: () => connector },
  entitlements: new Map(),
})
const catalog = (connector: Connector): Catalog => ({
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
