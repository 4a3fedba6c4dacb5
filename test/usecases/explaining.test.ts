import { afterEach, beforeEach, expect, it } from 'vitest'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { explainRequest } from '../../src/usecases/requests/explain-request.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, type World, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const usual = { resourceId: 'orders-db', entitlementId: 'read-orders', duration: '1h', ticket: null }
const explain = (userId = 'U0CARL', changes: Partial<typeof usual> = {}) =>
  explainRequest(world.ports, { ...usual, ...changes, asker: who(userId), mostPeople: 100 })
const rule = (text: string) => Object.assign(world.ports, { policy: policiesWith(text) })

it('names the rules that decide, and the people who could approve, as a request and a click would be judged', async () => {
  const explained = await explain()
  expect(explained).toMatchObject({
    outcome: 'permitted',
    durationSeconds: 3600,
    request: { allowed: true, decidedBy: [{ effect: 'permit' }] },
    selfServe: null,
  })
  const may = explained.stages[0]?.people.filter((person) => person.may).map(({ userId }) => userId)
  const { id } = await world.ask()
  const really: string[] = []
  for (const userId of ['U0GUEST', 'U0LEAD', 'U0DANA', 'U0ERIN', 'U0FRED']) {
    const input = { by: who(userId), requestId: id, verdict: 'approve', reason: null } as const
    // The first approval closes the request, so the others are asked whether they may by what they are refused for.
    const answer = await decideRequest(world.ports, input)
    if (answer.kind !== 'refused') really.push(userId)
  }
  expect(may?.toSorted()).toEqual(really.toSorted())
})

it('says why somebody could not approve, and never names the requester', async () => {
  rule(`@id("no-fred") @reason("Fred is away.")
    forbid (principal, action == Action::"approve", resource) when { principal.userId == "U0FRED" };`)
  const { stages } = await explain('U0ERIN', { entitlementId: 'fix-orders' })
  expect(stages[0]).toMatchObject({ needed: 2 })
  const of = (userId: string) => stages[0]?.people.find((person) => person.userId === userId)
  expect(of('U0FRED')).toMatchObject({ may: false, sentence: 'Fred is away.' })
  expect(of('U0ERIN')).toMatchObject({ may: false })
  expect(of('U0DANA')).toMatchObject({ may: true })
})

it('tells a refusal, an approval by rule, terms that do not fit, and names that are not offered', async () => {
  expect(await explain('U0CARL', { duration: '9h' })).toMatchObject({
    outcome: 'invalid',
    problems: [{ field: 'duration' }],
  })
  expect(await explain('U0CARL', { resourceId: 'nothing' })).toMatchObject({ outcome: 'unknown' })
  rule(`@id("served") @reason("Served.") permit (principal, action == Action::"selfServe", resource);`)
  expect(await explain()).toMatchObject({ selfServe: { decidedBy: [{ id: 'served' }] }, stages: [] })
  rule(`@id("closed") @reason("Closed.") forbid (principal, action == Action::"request", resource);`)
  expect(await explain()).toMatchObject({ outcome: 'refused', request: { decidedBy: [{ id: 'closed' }] } })
})

it('records nothing', async () => {
  await explain()
  await explain('U0CARL', { resourceId: 'nothing' })
  const [row] = await world.database.sql`
    select (select count(*)::int from requests) as requests, (select count(*)::int from audit_events
      where action not like 'person.%') as events, (select count(*)::int from outbox) as effects`
  expect(row).toEqual({ requests: 0, events: 0, effects: 0 })
})
