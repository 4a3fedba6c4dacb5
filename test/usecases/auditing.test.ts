import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AuditListQuery, type AuditQuery, queryAudit } from '../../src/usecases/audit/query-audit.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, usualAsk, type World, who } from '../_world.ts'

let world: World
let reference: string
beforeAll(async () => {
  world = await openWorld()
  reference = (await world.ask()).reference
  for (let i = 0; i < 11; i++) await world.ask({ asker: who('U0DANA') })
})
afterAll(() => world.close())

const everything: AuditListQuery = {
  kind: 'list',
  scope: 'any',
  userId: null,
  resourceId: null,
  from: null,
  to: null,
  place: { kind: 'page', page: 1 },
}
const list = (userId: string, changes: Partial<AuditListQuery> = {}) =>
  queryAudit(world.ports, { by: who(userId), query: { ...everything, ...changes } })

it('security sees everything, newest first, in pages', async () => {
  expect(await list('U0LEAD')).toMatchObject({
    kind: 'page',
    resourceNames: null,
    page: { total: 12, newer: 0, hasOlder: true },
  })
  expect(await list('U0LEAD', { place: { kind: 'page', page: 2 } })).toMatchObject({
    page: { rows: { length: 2 }, newer: 10, hasOlder: false },
  })
})

it('a page beyond the end is empty and has the count', async () => {
  expect(await list('U0LEAD', { place: { kind: 'page', page: 99 } })).toMatchObject({
    kind: 'page',
    page: { rows: [], newer: 12, hasOlder: false, total: 12 },
  })
})

it('an approver sees the resources of that approver', async () => {
  expect(await list('U0ERIN')).toMatchObject({ kind: 'page', resourceNames: ['Orders database'] })
  expect(await list('U0ERIN', { resourceId: 'payroll' })).toMatchObject({ kind: 'page', page: { total: 0 } })
})

it('a filter by person finds that person’s requests; an unknown person has none', async () => {
  expect(await list('U0LEAD', { userId: 'U0CARL' })).toMatchObject({
    page: { total: 1, rows: [{ requester: { userId: 'U0CARL' } }] },
  })
  expect(await list('U0LEAD', { userId: 'U0FRED' })).toMatchObject({ page: { total: 0 } })
})

it('an approver sees only that person’s requests on own resources; the others seem not to exist', async () => {
  const { resources } = world.ports.catalog
  const orders = resources.get('orders-db')
  if (!orders) throw new Error('no orders')
  const owners = { channel: 'C0PAYROLL', approvers: ['U0FRED'] }
  const more = new Map([...resources, ['payroll', { ...orders, id: 'payroll', name: 'Payroll', owners }]])
  const ports = { ...world.ports, catalog: { ...world.ports.catalog, resources: more } }
  const answer = await requestAccess(ports, { ...usualAsk(), asker: who('U0LEAD'), resourceId: 'payroll' })
  if (answer.kind !== 'submitted') throw new Error(answer.kind)
  const { reference } = answer.history.request
  const asked = (userId: string, query: AuditQuery) => queryAudit(ports, { by: who(userId), query })
  const person: AuditListQuery = { ...everything, userId: 'U0LEAD' }
  expect(await asked('U0FRED', person)).toMatchObject({ page: { total: 1 } })
  expect(await asked('U0DANA', person)).toMatchObject({ page: { total: 0, rows: [] } })
  expect(await asked('U0DANA', { ...everything, resourceId: 'payroll' })).toMatchObject({
    page: { total: 0 },
  })
  expect(await asked('U0DANA', { kind: 'history', reference })).toEqual({
    kind: 'not_found',
    message: `There is no request ${reference} that you may see.`,
  })
})

it('a policy that forbids one resource applies to security leads; resources that left the catalog stay visible', async () => {
  const policy = policiesWith(`@id("payroll-is-private") @reason("Only payroll itself looks here.")
    forbid (principal, action == Action::"audit", resource == Resource::"payroll");`)
  const { resources } = world.ports.catalog
  const orders = resources.get('orders-db')
  if (!orders) throw new Error('no orders')
  const copy = (id: string) => [id, { ...orders, id, name: `The ${id}` }] as const
  const withBoth = new Map([...resources, copy('payroll'), copy('retired')])
  const before = { ...world.ports, catalog: { ...world.ports.catalog, resources: withBoth } }
  const references = new Map<string, string>()
  for (const resourceId of ['payroll', 'retired']) {
    const answer = await requestAccess(before, { ...usualAsk(), asker: who('U0ERIN'), resourceId })
    if (answer.kind !== 'submitted') throw new Error(answer.kind)
    references.set(resourceId, answer.history.request.reference)
  }
  const without = new Map([...resources, copy('payroll')])
  const ports = { ...world.ports, policy, catalog: { ...world.ports.catalog, resources: without } }
  const lead = who('U0LEAD')
  const erin = { ...everything, userId: 'U0ERIN' }
  const found = async (changes: Partial<AuditListQuery>) => {
    const answer = await queryAudit(ports, { by: lead, query: { ...erin, ...changes } })
    return answer.kind === 'page'
      ? answer.page.rows.map(({ request }) => request.asksFor.resourceId)
      : answer.kind
  }
  expect(await found({})).toEqual(['retired'])
  expect(await found({ resourceId: 'payroll' })).toEqual([])
  expect(await found({ resourceId: 'retired' })).toEqual(['retired'])
  const history = async (resourceId: string) => {
    const reference = references.get(resourceId) ?? ''
    return (await queryAudit(ports, { by: lead, query: { kind: 'history', reference } })).kind
  }
  expect(await history('payroll')).toBe('not_found')
  expect(await history('retired')).toBe('history')
  expect(await queryAudit(ports, { by: lead, query: everything })).toMatchObject({
    resourceNames: ['Orders database'],
  })
})

it('a key is recorded, and shows no more than the asker may see', async () => {
  const than = { submittedAt: new Date('2030-01-01'), number: 1 }
  const { ports } = world
  const hidden = new Map(
    [...ports.catalog.resources].map(([id, one]) => [`${id}-hidden`, { ...one, id: `${id}-hidden` }]),
  )
  const elsewhere = { ...ports, catalog: { ...ports.catalog, resources: hidden } }
  const query: AuditListQuery = { ...everything, place: { kind: 'older', than } }
  expect(await queryAudit(elsewhere, { by: who('U0ERIN'), query })).toMatchObject({
    page: { rows: [], total: 0 },
  })
  const [row] = await world.database.sql`select details from audit_events order by id desc limit 1`
  expect(row).toMatchObject({
    details: { query: { scope: 'any', older: { at: '2030-01-01T00:00:00.000Z', number: 1 } } },
  })
})

it('a person who may not audit is refused, and the refusal is recorded', async () => {
  expect(await list('U0CARL')).toMatchObject({ kind: 'refused', policy: { allowed: false } })
  const [row] = await world.database.sql`select action, details from audit_events order by id desc limit 1`
  expect(row).toMatchObject({ action: 'audit.refused', details: { query: { scope: 'any', page: 1 } } })
})

it('a range that ends before it begins is invalid', async () => {
  const answer = await list('U0LEAD', { from: new Date('2026-11-20'), to: new Date('2026-11-01') })
  expect(answer).toMatchObject({ kind: 'invalid' })
})

it('the whole history of one request; a hidden request seems not to exist', async () => {
  const history = (userId: string, asked: string) =>
    queryAudit(world.ports, { by: who(userId), query: { kind: 'history', reference: asked } })
  expect(await history('U0LEAD', reference)).toMatchObject({
    kind: 'history',
    history: { request: { reference }, events: [{ action: 'request.submitted', actorUserId: 'U0CARL' }] },
  })
  expect(await history('U0LEAD', 'AR-999999')).toEqual({
    kind: 'not_found',
    message: 'There is no request AR-999999 that you may see.',
  })
})

it('every event has a subject, and the ids for searches', async () => {
  const request = await world.ask()
  await decideRequest(world.ports, {
    by: who('U0DANA'),
    requestId: request.id,
    verdict: 'approve',
    reason: null,
  })
  await world.processAll()
  const history = await world.ports.store.histories.byReference(request.reference)
  const grantId = history?.grant?.id
  expect(history?.events.map(({ action, subject }) => [action, subject])).toEqual([
    ['request.submitted', { kind: 'request', id: request.id }],
    ['decision.recorded', { kind: 'request', id: request.id }],
    ['request.approved', { kind: 'request', id: request.id }],
    ['grant.activated', { kind: 'grant', id: grantId }],
  ])
  expect(new Set(history?.events.map(({ requestId }) => requestId))).toEqual(new Set([request.id]))
})
