import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, usualAsk, type World, who } from '../_world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const ask = (changes: Partial<ReturnType<typeof usualAsk>>) =>
  requestAccess(world.ports, { ...usualAsk(), ...changes })
const problemOf = async (changes: Partial<ReturnType<typeof usualAsk>>) => {
  const answer = await ask(changes)
  return answer.kind === 'invalid'
    ? answer.problems.map(({ field, message }) => `${field}: ${message}`)
    : [answer.kind]
}

describe('a typo is answered with the nearest name', () => {
  it.each([
    [
      'orders-bd',
      'resource: There is no resource “orders-bd” that you may ask for. Did you mean “orders-db”?',
    ],
    ['billing', 'resource: There is no resource “billing” that you may ask for. On offer: “orders-db”.'],
    ['__proto__', 'resource: There is no resource “__proto__” that you may ask for. On offer: “orders-db”.'],
    [
      "x'; drop table requests; --",
      "resource: There is no resource “x'; drop table requests; --” that you may ask for. On offer: “orders-db”.",
    ],
    ['', 'resource: Choose a resource.'],
    [
      'é'.repeat(32),
      `resource: There is no resource “${'é'.repeat(32)}” that you may ask for. On offer: “orders-db”.`,
    ],
    [
      'x'.repeat(10_000),
      `resource: There is no resource “${'x'.repeat(64)}” that you may ask for. On offer: “orders-db”.`,
    ],
  ])('resource “%s”', async (resourceId, expected) => {
    expect(await problemOf({ resourceId })).toEqual([expected])
  })

  it('entitlement', async () => {
    expect(await problemOf({ entitlementId: 'read-order' })).toEqual([
      'entitlement: There is no entitlement of Orders database “read-order” that you may ask for. Did you mean “read-orders”?',
    ])
  })
})

it('the answer to a typo does not reveal names that this person may not request', async () => {
  const policy = policiesWith(`@id("payroll-is-closed") @reason("Not for guests.")
    forbid (principal, action == Action::"request", resource in Resource::"payroll") when { principal.isGuest };`)
  const { catalog } = world.ports
  const orders = catalog.resources.get('orders-db')
  if (!orders) throw new Error('no orders')
  const resources = new Map([
    ...catalog.resources,
    ['payroll', { ...orders, id: 'payroll', name: 'Payroll' }],
  ])
  const ports = { ...world.ports, policy, catalog: { ...catalog, resources } }
  const told = async (userId: string) =>
    JSON.stringify(await requestAccess(ports, { ...usualAsk(), asker: who(userId), resourceId: 'payrol' }))
  expect(await told('U0DANA')).toContain('Did you mean “payroll”?')
  expect(await told('U0CARL')).toContain('On offer: “orders-db”.')
  expect(await told('U0CARL')).not.toContain('payroll')
})

describe('durations', () => {
  const example = 'Write a number with its unit, such as 45m, 2h or 1h30m.'
  it.each([
    ['0', `duration: A duration of zero gives no access. ${example}`],
    ['-5m', `duration: “-5m” is not a duration. ${example}`],
    ['1.5h', `duration: “1.5h” is not a duration. ${example}`],
    ['2h30', `duration: “2h30” is not a duration. ${example}`],
    ['NaN', `duration: “NaN” is not a duration. ${example}`],
    ['12345678901234567890', `duration: “12345678901234567890” is not a duration. ${example}`],
    ['8h1s', 'duration: Read orders is given for 8h at the most; you asked for 8h1s.'],
  ])('“%s” is refused with what to write', async (duration, expected) => {
    expect(await problemOf({ duration })).toEqual([expected])
  })

  it('the longest allowed duration and the default are accepted', async () => {
    expect(await ask({ duration: '8h' })).toMatchObject({ kind: 'submitted' })
    expect(await ask({ duration: null })).toMatchObject({
      kind: 'submitted',
      history: { request: { durationSeconds: 3600 } },
    })
  })
})

describe('justifications', () => {
  it.each([
    ['empty', '', 'justification: Say why you need it: the approvers read this.'],
    ['blank', ' \n\t\u200b ', 'justification: Say why you need it: the approvers read this.'],
    ['too short', 'short', 'justification: Say a little more: at least 10 characters, and this is 5.'],
    [
      'huge',
      'x'.repeat(10_000),
      'justification: That is 10000 characters; 2000 is the most that fits. Please shorten it.',
    ],
  ])('%s is refused', async (_, justification, expected) => {
    expect(await problemOf({ justification })).toEqual([expected])
  })

  it.each([
    ['right to left', 'תיקון הזמנות של לקוחות', 'תיקון הזמנות של לקוחות'],
    ['with NUL', 'fixing\u0000 the orders', 'fixing the orders'],
    ['with half a surrogate pair', 'fixing the \ud83d orders', 'fixing the \ufffd orders'],
    ['of emoji', '🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥', '🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥'],
    ['of mentions and markup', '<!channel> <@U0DANA> `x` *b*\n> q', '<!channel> <@U0DANA> `x` *b*\n> q'],
    ['of SQL', "'); drop table requests; --", "'); drop table requests; --"],
  ])('%s is kept as typed', async (_, justification, kept) => {
    const answer = await ask({ justification })
    if (answer.kind !== 'submitted') throw new Error(answer.kind)
    const history = await world.ports.store.histories.byRequest(answer.history.request.id)
    expect(history?.request.justification).toBe(kept)
  })

  it('all problems are reported at once', async () => {
    expect(await problemOf({ duration: '0', justification: '', ticket: 'nope' })).toHaveLength(3)
  })
})

describe('who may ask', () => {
  it.each(['U0BOT', 'U0GONE', 'U0STRANGER'])('%s may not, and that is recorded', async (userId) => {
    expect(await ask({ asker: who(userId) })).toMatchObject({
      kind: 'refused',
      policy: { allowed: false, outcome: 'forbidden' },
    })
    const [row] = await world.database.sql`select action from audit_events order by id desc limit 1`
    expect(row).toEqual({ action: 'request.refused' })
  })

  it('somebody of another team than the payload’s is a stranger', async () => {
    expect(await ask({ asker: { teamId: 'T0OTHER', userId: 'U0CARL' } })).toMatchObject({ kind: 'refused' })
  })
})

it('the limit of requests also holds for simultaneous requests', async () => {
  const answers = await Promise.all(Array.from({ length: 45 }, () => ask({ asker: who('U0FRED') })))
  expect(answers.filter(({ kind }) => kind === 'submitted')).toHaveLength(30)
  expect(answers.filter(({ kind }) => kind === 'too_many')).toHaveLength(15)
})

it('requests above the limit are refused, and the requester reads why', async () => {
  const answers = []
  const first = { asker: who('U0GUEST'), submissionKey: 'the first of the guest' }
  answers.push((await ask(first)).kind)
  for (let i = 0; i < 30; i++) answers.push((await ask({ asker: who('U0GUEST') })).kind)
  expect(answers.filter((kind) => kind === 'submitted')).toHaveLength(30)
  expect(answers.at(-1)).toBe('too_many')
  // A repetition is no further request.
  expect(await ask(first)).toMatchObject({ kind: 'submitted', repeated: true })
  world.clock.advance(3601)
  expect(await ask({ asker: who('U0GUEST') })).toMatchObject({ kind: 'submitted' })
})
