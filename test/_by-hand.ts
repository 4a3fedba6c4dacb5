import { manual } from '../src/connectors/manual/connector.ts'
import { createConnectors } from '../src/connectors/registry.ts'
import type { Catalog, Resource } from '../src/domain/catalog.ts'
import { contentFromJson } from '../src/domain/entitlement-content.ts'
import type { TaskDirection } from '../src/domain/task.ts'
import { sharingLogins } from '../src/usecases/_shared/shared-logins.ts'
import { decideRequest } from '../src/usecases/requests/decide-request.ts'
import { answerTask, type Said } from '../src/usecases/tasks/answer-task.ts'
import { personTasks } from '../src/usecases/tasks/person-tasks.ts'
import { type World, who } from './_world.ts'

export const payrollContent = {
  role: 'Payroll approver',
  instructions: 'Open Users, and add the role.',
  takeAway: 'Open Users, remove the role, and sign the user out.',
  runbook: 'https://wiki.test/payroll',
}

/** Gives the base world a connector of kind manual in place of its target. Erin, Fred (a user group) and Guest are asked. */
export function byHand(
  world: World,
  settings: Readonly<Record<string, unknown>> = {},
  content: object = payrollContent,
) {
  const { ports } = world
  const use = (changes: Readonly<Record<string, unknown>> = {}, changed: object = content): Catalog => {
    const catalog = catalogByHand(world.ports.catalog, { ...settings, ...changes }, changed)
    Object.assign(ports, { catalog })
    registry.use(catalog)
    return catalog
  }
  const tasks = personTasks({ ...ports, catalog: () => ports.catalog })
  const first = catalogByHand(ports.catalog, settings, content)
  const registry = createConnectors(first, () => {}, tasks)
  Object.assign(ports, { catalog: first, connectors: sharingLogins(registry, ports.store) })
  return {
    /** As a reload of the catalog does. */
    use,
    tasks,
    registry,
    /** Carl asks, Dana approves, and everything that is due is done. */
    async approved(changes: Parameters<World['ask']>[0] = {}) {
      const { id } = await world.ask(changes)
      await decideRequest(ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
      await world.processAll()
      return id
    },
    answer: (by: string, requestId: string, direction: TaskDirection, said: Said = didIt) =>
      answerTask(ports, { by: who(by), task: { requestId, direction }, said }),
    history: async (requestId: string) => {
      const history = await ports.store.histories.byRequest(requestId)
      if (!history) throw new Error('no such request')
      return history
    },
  }
}
export type ByHand = ReturnType<typeof byHand>

export const didIt = {
  kind: 'done',
  whatWasDone: 'Added the role in Users.',
  evidence: 'https://desk.test/17',
  howToConnect: null as string | null,
} as const satisfies Said
export const cannot = { kind: 'cannot', reason: 'The vendor has locked the account.' } as const satisfies Said

function catalogByHand(base: Catalog, settings: object, content: object): Catalog {
  const orders = base.resources.get('orders-db')
  if (!orders) throw new Error('the base catalog has no orders-db')
  const connector = manual.readSettings((schema) =>
    schema.parse({ assignees: ['S0DBAS', 'U0GUEST'], channel: 'C0LOBBY', ...settings }),
  )
  const read = manual.readContent((schema) => schema.parse(content))
  if (!connector || !read) throw new Error('settings or content cannot be read')
  const entitlements = new Map(
    [...orders.entitlements].map(([id, one]) => [id, { ...one, content: contentFromJson(read) }]),
  )
  const resource: Resource = { ...orders, connector, entitlements }
  return { ...base, resources: new Map([[resource.id, resource]]) }
}
