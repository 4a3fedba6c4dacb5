import { randomUUID } from 'node:crypto'
import type { Bundle } from '../src/domain/bundle.ts'
import type { Entitlement, Resource } from '../src/domain/catalog.ts'
import { type BundleAsk, requestBundle } from '../src/usecases/bundles/request-bundle.ts'
import { type World, who } from './_world.ts'

/** Two parts of Dana's channel, of which one needs two approvals, and one part of another channel, which Erin decides. */
const kit: Bundle = {
  id: 'on-call-kit',
  name: 'On-call kit',
  description: 'For the person on call.',
  parts: [
    { resourceId: 'orders-db', entitlementId: 'read-orders' },
    { resourceId: 'billing-db', entitlementId: 'read-bills' },
    { resourceId: 'orders-db', entitlementId: 'fix-orders' },
  ],
  defaultDurationSeconds: 1_800,
  maxDurationSeconds: 3_600,
}

/** The catalog offers the bundle from now on, with these changes of its third part. */
export function offerKit(world: World, changes: Partial<Entitlement> = {}): void {
  const { catalog } = world.ports
  const orders = catalog.resources.get('orders-db')
  const read = orders?.entitlements.get('read-orders')
  const fix = orders?.entitlements.get('fix-orders')
  if (!orders || !read || !fix) throw new Error('no such entitlement')
  const bills: Entitlement = {
    ...{ ...read, id: 'read-bills', resourceId: 'billing-db', name: 'Read bills' },
    approvers: ['U0ERIN'],
  }
  const billing: Resource = {
    ...{ ...orders, id: 'billing-db', name: 'Billing database' },
    owners: { channel: 'C0AUDIT', approvers: ['U0ERIN'] },
    entitlements: new Map([[bills.id, bills]]),
  }
  const entitlements = new Map([...orders.entitlements, ['fix-orders', { ...fix, ...changes }]])
  const resources = new Map([
    ['orders-db', { ...orders, entitlements }],
    ['billing-db', billing],
  ])
  Object.assign(world.ports, { catalog: { ...catalog, resources, bundles: new Map([[kit.id, kit]]) } })
}

export function askKit({ ports }: World, changes: Partial<BundleAsk> = {}) {
  return requestBundle(ports, {
    asker: who('U0CARL'),
    bundleId: kit.id,
    duration: null,
    justification: 'On call this week, INC-42',
    ticket: null,
    submissionKey: randomUUID(),
    toldLeftOut: [],
    ...changes,
  })
}
