import { randomUUID } from 'node:crypto'
import { type Payroll, startPayroll } from '../../fixtures/targets/payroll.ts'
import { manual } from '../../src/connectors/manual/connector.ts'
import { openDatabase } from '../../src/db/database.ts'
import { createStore } from '../../src/db/store.ts'
import type { Catalog } from '../../src/domain/catalog.ts'
import { type AccessOrder, type Connector, ConnectorError } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import type { PersonTasks, TaskDirection } from '../../src/domain/task.ts'
import { answerTask, type Said } from '../../src/usecases/tasks/answer-task.ts'
import { personTasks } from '../../src/usecases/tasks/person-tasks.ts'
import { byHand, didIt, payrollContent } from '../_by-hand.ts'
import { openWorld, type World, who } from '../_world.ts'
import { openProxy } from './breakable-proxy.ts'
import type { ConnectorWorld } from './connector-world.ts'

/**
 * A system without an API, and Erin, who does by hand what she is asked, and says so with the use-cases of the app. The
 * connector reaches its tasks in Daypass's own database, through the proxy.
 */
export interface ManualWorld extends ConnectorWorld {
  readonly world: World
  readonly payroll: Payroll
  /** The connector alone: nobody does what it asks for. */
  readonly alone: Connector
  readonly tasks: PersonTasks
  /** Makes the rows of the lease, as an approval does. */
  store(order: AccessOrder): Promise<string>
  /** Erin, or somebody else, does what is asked, and says so. */
  does(order: AccessOrder, direction: TaskDirection, said?: Said, by?: string): Promise<unknown>
}

export async function makeManualWorld(): Promise<ManualWorld> {
  const world = await openWorld()
  // The contract reads the machine's clock.
  const clock = { now: () => new Date() }
  Object.assign(world.ports, { clock })
  byHand(world)
  const url = new URL(world.url)
  const proxy = await openProxy({ host: url.hostname, port: Number(url.port || 5432) })
  const through = new URL(world.url)
  through.hostname = '127.0.0.1'
  through.port = String(proxy.port)
  const database = openDatabase(through.href, { poolSize: 1 })
  const tasks = personTasks({ store: createStore(database), clock, catalog: () => world.ports.catalog })
  const resource = world.ports.catalog.resources.get('orders-db')
  if (!resource) throw new Error('no resource')
  const settings = manual.readSettings((schema) => schema.parse({ timeout: '2s', assignees: ['S0DBAS'] }))
  const alone = settings?.open({ ...resource, tasks })
  if (!alone) throw new Error('no settings')
  const payroll = startPayroll()
  const { role } = payrollContent
  const loginOf = ({ holder }: AccessOrder) => holder.identity ?? ''
  const stored = new Map<string, Promise<string>>()
  const store = (order: AccessOrder) => {
    const known = stored.get(order.grantId) ?? storeLease(world, order)
    stored.set(order.grantId, known)
    return known
  }
  const does: ManualWorld['does'] = async (order, direction, said = didIt, by = 'U0ERIN') => {
    const requestId = await store(order)
    if (said.kind === 'done') payroll[direction === 'give' ? 'give' : 'take'](loginOf(order), role)
    return answerTask(world.ports, { by: who(by), task: { requestId, direction }, said })
  }
  /** What Daypass does when somebody has answered: it asks the connector once more. */
  const withErin = async <Result>(
    order: AccessOrder,
    direction: TaskDirection,
    operate: () => Promise<Result>,
  ) => {
    try {
      return await operate()
    } catch (error) {
      if (!(error instanceof ConnectorError && error.code === 'awaiting_person')) throw error
      await does(order, direction)
      return operate()
    }
  }
  let leases = 0
  return {
    world,
    payroll,
    proxy,
    alone,
    tasks,
    store,
    does,
    connector: {
      ...alone,
      grant: async (order) => {
        await store(order)
        return withErin(order, 'give', () => alone.grant(order))
      },
      revoke: (order) => withErin(order as AccessOrder, 'take_away', () => alone.revoke(order)),
    },
    secrets: [url.password].filter((secret) => secret !== ''),
    freshAccess: () => {
      leases += 1
      const userId = `U0HOLDER${leases}`
      return {
        grantId: randomUUID(),
        reference: 'AR-1042',
        resourceId: 'orders-db',
        entitlementId: 'read-orders',
        content: contentFromJson(payrollContent),
        holder: { displayName: 'Casey Lee', userId, identity: userId },
        until: new Date(Date.now() + 3_600_000),
      }
    },
    holds: async (order) => payroll.holds(loginOf(order), role),
    rawState: async () => payroll.roles(),
    use: () => Promise.reject(new Error('the sessions of a system without an API are not seen')),
    accepts: () => Promise.reject(new Error('a person gives no credentials')),
    plantStranger: () => Promise.reject(new Error('a system without an API cannot be listed')),
    handChanges: { removed: async (order) => payroll.take(loginOf(order), role) },
    close: async () => {
      await database.close()
      await proxy.break()
      await world.close()
    },
  }
}

/** The request and the grant of a lease, as they stand after an approval. Resolves with the request. */
async function storeLease({ ports }: World, order: AccessOrder): Promise<string> {
  const { store, clock, catalog } = ports as World['ports'] & { catalog: Catalog }
  const account = await ports.directory.account('U0PAT', { maxAgeSeconds: 0 })
  const entitlement = catalog.resources.get('orders-db')?.entitlements.get('read-orders')
  if (!account || !entitlement) throw new Error('no account, or no entitlement')
  const now = clock.now()
  const policy = {
    action: 'selfServe',
    allowed: true,
    outcome: 'permitted',
    decidedBy: [],
    errors: [],
    sentence: '',
  } as const
  return store.transaction(async (tx) => {
    const requester = await tx.accounts.upsert(account)
    const request = await tx.requests.insert({
      status: 'pending',
      submissionKey: randomUUID(),
      requesterId: requester.id,
      asksFor: { kind: 'entitlement', resourceId: 'orders-db', entitlementId: 'read-orders' },
      terms: {
        resourceName: 'Payroll',
        environment: null,
        entitlementName: 'Approve payroll',
        risk: 'low',
        approvals: entitlement.approvals,
        tell: [],
        selfServePerPersonAndDay: 10_000,
        breakGlassSeconds: null,
        content: order.content,
      },
      durationSeconds: 3_600,
      justification: 'The contract',
      startsAt: null,
      ticket: null,
      ticketCheck: null,
      policy,
      preApprovalId: null,
      submittedAt: now,
      expiresAt: new Date(now.getTime() + 3_600_000),
    })
    if (!request) throw new Error('stored before')
    await tx.requests.save({ ...request, how: 'self_serve', status: 'approved', closedAt: now })
    await tx.grants.insert({
      id: order.grantId,
      requestId: request.id,
      holderId: requester.id,
      resourceId: 'orders-db',
      entitlementId: 'read-orders',
      approvedContent: order.content,
      durationSeconds: 3_600,
      generation: 1,
      createdAt: now,
      status: 'activating',
      attempts: 1,
    })
    return request.id
  })
}
