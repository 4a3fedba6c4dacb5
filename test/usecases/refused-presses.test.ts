import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { issueCredentials } from '../../src/usecases/grants/issue-credentials.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { cancelRequest } from '../../src/usecases/requests/cancel-request.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { openWorld, usualAsk, type World, who } from '../_world.ts'

let world: World
let newestBefore: string
beforeAll(async () => {
  world = await openWorld()
})
beforeEach(async () => {
  // Ten refusals in a minute have an event each. So each test has its own minute, and its own hour of requests.
  world.clock.advance(3_601)
  const [row] = await world.database.sql<
    { id: string }[]
  >`select coalesce(max(id), 0)::text as id from audit_events`
  newestBefore = row?.id ?? '0'
})
afterAll(() => world.close())

const recorded = () => world.database.sql`
  select e.action, a.user_id as actor, e.request_id, e.resource_id, e.entitlement_id, e.details
  from audit_events e left join accounts a on a.id = e.actor_id
  where e.id > ${newestBefore} and (e.action like '%refused' or e.action like 'refusals%') order by e.id`
const ask = (changes: Partial<ReturnType<typeof usualAsk>> = {}) =>
  requestAccess(world.ports, { ...usualAsk(), ...changes })
async function submitted(): Promise<string> {
  const answer = await ask()
  if (answer.kind !== 'submitted') throw new Error(`it is ${answer.kind}`)
  return answer.history.request.id
}
const dana = who('U0DANA')

it('a click on another person’s Cancel button is recorded', async () => {
  const requestId = await submitted()
  expect(await cancelRequest(world.ports, { by: dana, requestId })).toEqual({ kind: 'not_yours' })
  expect(await recorded()).toMatchObject([
    { action: 'request.cancellation_refused', actor: 'U0DANA', requestId, resourceId: 'orders-db' },
  ])
})

it('a click on the buttons of another person’s grant is recorded', async () => {
  const requestId = await submitted()
  await decideRequest(world.ports, { by: dana, requestId, verdict: 'approve', reason: null })
  await world.processAll()
  expect(await releaseGrant(world.ports, { by: dana, requestId })).toEqual({ kind: 'not_yours' })
  const shown = { by: dana, requestId, interactionKey: 'not mine' }
  expect(await issueCredentials(world.ports, shown)).toEqual({ kind: 'not_yours' })
  expect(await recorded()).toMatchObject([
    { action: 'grant.release_refused', actor: 'U0DANA', requestId },
    { action: 'grant.credentials_refused', actor: 'U0DANA', requestId },
  ])
})

it('a request above the limit is recorded', async () => {
  const { requestsPerHour } = world.ports.catalog.defaults
  for (let count = 0; count < requestsPerHour; count += 1) await submitted()
  expect(await ask()).toEqual({ kind: 'too_many', limit: requestsPerHour })
  expect(await recorded()).toMatchObject([
    {
      action: 'request.refused',
      actor: 'U0CARL',
      resourceId: 'orders-db',
      entitlementId: 'read-orders',
      details: { why: 'too_many', limit: requestsPerHour },
    },
  ])
})

it('unknown names are recorded; other text and empty fields are not', async () => {
  await ask({ resourceId: 'payroll-db' })
  await ask({ entitlementId: 'drop-orders' })
  await ask({ resourceId: 'Mein Name ist Hase' })
  await ask({ resourceId: '' })
  expect(await recorded()).toMatchObject([
    { action: 'request.refused', actor: 'U0CARL', details: { why: 'unknown_name', resource: 'payroll-db' } },
    { details: { why: 'unknown_name', resource: 'orders-db', entitlement: 'drop-orders' } },
    { details: { why: 'unknown_name', resource: null } },
  ])
})

it('a hundred clicks write ten events and the number of the others', async () => {
  const requestId = await submitted()
  for (let press = 0; press < 100; press += 1) await cancelRequest(world.ports, { by: dana, requestId })
  const actions = (await recorded()).map(({ action }) => action)
  expect(actions.filter((action) => action === 'request.cancellation_refused')).toHaveLength(10)
  expect(actions.length).toBeLessThan(20)
})

it('what is refused for the first time is listed, however much noise was made before it', async () => {
  const requestId = await submitted()
  for (let press = 0; press < 30; press += 1) await ask({ asker: dana, resourceId: `noise-${press}` })
  for (let press = 0; press < 5; press += 1) await cancelRequest(world.ports, { by: dana, requestId })
  const events = await recorded()
  expect(events.filter(({ action }) => action === 'request.refused')).toHaveLength(10)
  expect(events.filter(({ action }) => action === 'request.cancellation_refused')).toMatchObject([
    { actor: 'U0DANA', requestId },
  ])
})
