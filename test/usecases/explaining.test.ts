import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { explanationText } from '../../src/commands/explanation-text.ts'
import { breakGlass } from '../../src/usecases/requests/break-glass.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { explainRequest } from '../../src/usecases/requests/explain-request.ts'
import { preApprove } from '../../src/usecases/requests/pre-approve.ts'
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

const text = async (...asked: Parameters<typeof explain>) =>
  explanationText(await explain(...asked)).join('\n')
const onCall = `@id("on-call") @reason("You are on call.")
  permit (principal, action == Action::"breakGlass", resource) when { principal.kind == "employee" };`

it('counts the leases by rule as a submission does, and names the owners beyond the limit', async () => {
  rule(`@id("served") @reason("Served.") permit (principal, action == Action::"selfServe", resource);`)
  for (const left of [3, 2, 1]) {
    const explained = await explain()
    expect(explained).toMatchObject({ how: 'self_serve', byRule: { limit: 3, left }, stages: [] })
    expect((await world.ask()).how).toBe(explained.how)
  }
  const beyond = await explain()
  expect(beyond).toMatchObject({ how: 'approval', byRule: { limit: 3, left: 0 } })
  expect(beyond.stages[0]?.people.some(({ may }) => may)).toBe(true)
  expect(await text()).toContain('Over the limit of 3 by rule in 24 h, so the owners decide:')
  expect((await world.ask()).how).toBe(beyond.how)
  world.clock.advance(24 * 3600)
  expect(await text()).toContain('approved by rule (3 of 3 left in 24 h)')
})

it('names a pre-approval, who made it and until when, only where a submission would use it', async () => {
  rule(`@id("served") @reason("Served.") permit (principal, action == Action::"selfServe", resource)
    when { context.durationSeconds > 7200 };`)
  const { id } = await world.ask()
  const terms = { lastDay: '2026-11-30', duration: '2h', reason: 'Carl is on the refund project.' }
  expect(await preApprove(world.ports, { by: who('U0DANA'), requestId: id, ...terms })).toMatchObject({
    kind: 'made',
  })
  const explained = await explain()
  expect(explained).toMatchObject({
    how: 'pre_approval',
    byRule: null,
    preApproval: { goodThrough: new Date('2026-12-01T00:00:00Z'), madeBy: { userId: 'U0DANA' } },
    stages: [],
  })
  expect(await text()).toContain('pre-approved until 2026-12-01T00:00:00.000Z by dana (U0DANA)')
  expect((await world.ask()).how).toBe('pre_approval')
  expect(await explain('U0CARL', { duration: '3h' })).toMatchObject({ how: 'self_serve', preApproval: null })
  world.clock.advance(9 * 86_400)
  expect(await explain()).toMatchObject({ how: 'approval', preApproval: null })
})

it('says whether somebody could break glass: only where it is offered, with the policy, and after an open review', async () => {
  rule(onCall)
  const fix = { entitlementId: 'fix-orders', duration: '20m' }
  expect(await explain('U0FRED')).toMatchObject({ breakGlass: null })
  expect(await explain('U0CARL', fix)).toMatchObject({ breakGlass: { policy: { allowed: false } } })
  expect(await explain('U0FRED', fix)).toMatchObject({
    breakGlass: { maxDurationSeconds: 1800, policy: { decidedBy: [{ id: 'on-call' }] }, openReview: null },
  })
  expect(await text('U0FRED', fix)).toMatch(
    /breakGlass: permitted by permit on-call\..*\n {4}for at most 30m$/m,
  )
  const typed = { ...usual, ...fix, justification: 'Orders are stuck, INC-42', confirmed: true }
  const taken = await breakGlass(world.ports, { ...typed, asker: who('U0FRED'), submissionKey: randomUUID() })
  if (taken.kind !== 'taken') throw new Error(JSON.stringify(taken))
  const { reference } = taken.history.request
  expect(await explain('U0FRED', fix)).toMatchObject({ breakGlass: { openReview: reference } })
  expect(await text('U0FRED', fix)).toContain(`once ${reference} is reviewed`)
})

it('tells of break-glass also where a policy forbids to ask, because a freeze does not stop an emergency', async () => {
  rule(
    `${onCall} @id("closed") @reason("Closed.") forbid (principal, action == Action::"request", resource);`,
  )
  expect(await explain('U0FRED', { entitlementId: 'fix-orders' })).toMatchObject({
    outcome: 'refused',
    how: null,
    breakGlass: { policy: { allowed: true } },
  })
})

it('records nothing', async () => {
  rule(
    `${onCall} @id("served") @reason("Served.") permit (principal, action == Action::"selfServe", resource);`,
  )
  await explain()
  await explain('U0CARL', { resourceId: 'nothing' })
  await explain('U0FRED', { entitlementId: 'fix-orders' })
  const [row] = await world.database.sql`
    select (select count(*)::int from requests) as requests, (select count(*)::int from audit_events
      where action not like 'person.%') as events, (select count(*)::int from outbox) as effects`
  expect(row).toEqual({ requests: 0, events: 0, effects: 0 })
})
