import { expect, it } from 'vitest'
import { z } from 'zod'
import type { AccessOrder, Connector } from '../domain/connector.ts'
import { contentFromJson } from '../domain/entitlement-content.ts'
import { type ConnectorKind, defineConnector } from './define-connector.ts'

/** A connector that opens doors and notes what it was told. */
function doors() {
  const orders: unknown[] = []
  let reads = 0
  const note = async (order: AccessOrder<{ rooms: number[] } | null>) => {
    orders.push(order.content)
    return { readAt: new Date(0), summary: '', facts: {} }
  }
  const kind = defineConnector({
    kind: 'door',
    settings: z.strictObject({ house: z.string() }),
    entitlement: z.strictObject({
      rooms: z.array(z.number()).refine((rooms) => {
        reads += 1
        return rooms.length > 0
      }),
    }),
    assurance: ({ house }) => ({
      proof: house === 'H1' ? 'contract' : 'real',
      nativeExpiry: false,
      residual: null,
    }),
    open: ({ id, settings, offers }) => {
      orders.push([id, settings, [...offers]])
      return {
        grant: note,
        revoke: note,
        check: async () => ({ ok: true, summary: '' }),
        close: async () => {},
      }
    },
  })
  return { kind, orders, reads: () => reads }
}

const order = (content: object): AccessOrder => ({
  grantId: 'g',
  reference: 'AR-1',
  resourceId: 'cellar',
  entitlementId: 'wine',
  content: contentFromJson(content),
  holder: { displayName: 'Casey', userId: 'U0CASEY' },
  until: new Date(0),
})

function open(kind: ConnectorKind, content: object): Connector {
  const settings = kind.readSettings((schema) => schema.parse({ house: 'H1' }))
  const read = kind.readContent((schema) => schema.parse(content))
  if (!settings || !read) throw new Error('not read')
  return settings.open({ id: 'cellar', entitlements: new Map([['wine', { content: read }]]) })
}

it('settings and entitlements of the catalog are read once, and reach the connector with their types', () => {
  const { kind, orders, reads } = doors()
  open(kind, { rooms: [3] })
  expect(orders).toEqual([['cellar', { house: 'H1' }, [['wine', { rooms: [3] }]]]])
  expect(reads()).toBe(1)
})

it('what comes back from the database is read by the schema of the connector', async () => {
  const { kind, orders } = doors()
  const connector = open(kind, { rooms: [3] })
  const stored = order({ rooms: [4] })
  await connector.grant(stored)
  await connector.revoke(stored)
  expect(orders.slice(1)).toEqual([{ rooms: [4] }, { rooms: [4] }])
})

it('what is no longer understood is not granted, and is taken away all the same', async () => {
  const { kind, orders } = doors()
  const connector = open(kind, { rooms: [3] })
  await expect(connector.grant(order({ floors: 'all' }))).rejects.toMatchObject({
    code: 'misconfigured',
    retryable: false,
  })
  await connector.revoke(order({ floors: 'all' }))
  expect(orders.slice(1)).toEqual([null])
})

it('a power that the connector lacks is absent', () => {
  expect(Object.keys(open(doors().kind, { rooms: [3] })).sort()).toEqual([
    'check',
    'close',
    'grant',
    'revoke',
  ])
})
