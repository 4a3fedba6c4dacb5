import { createHmac } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tracker } from '../../src/domain/tracker.ts'
import { createHttpServer, type HttpServer } from '../../src/http/server.ts'
import { trackerHooks } from '../../src/http/tracker-hooks.ts'
import { trackerKinds } from '../../src/trackers/kinds.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { offer } from '../_offer.ts'
import { openWorld, usualAsk, type World, who } from '../_world.ts'
import { jiraIssue, startTrackers } from './_servers.ts'

const secret = 'a secret of sixteen or more'
const genericSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
let stubs: Awaited<ReturnType<typeof startTrackers>>
let world: World
let server: HttpServer
let hooks: string
let outcomes: string[]
beforeAll(async () => {
  stubs = await startTrackers()
})
afterAll(() => stubs.close())
beforeEach(async () => {
  world = await openWorld()
  stubs.tickets.clear()
  Object.assign(stubs.state, { mode: 'up', asked: [] })
  offer(world, { ticket: { pattern: null, example: null, required: false } })
  configure()
  outcomes = []
  const onDelivery = (outcome: string) => outcomes.push(outcome)
  const routes = trackerHooks({ ports: () => world.ports, onDelivery })
  server = createHttpServer({ host: '127.0.0.1', port: 0, routes, logger: pino({ level: 'silent' }) })
  hooks = `http://127.0.0.1:${await server.start()}/hooks/tracker`
})
afterEach(async () => {
  await server.stop(500)
  await world.close()
})

const settings: Record<string, { pattern: string; own: Record<string, unknown> }> = {
  jira: {
    pattern: 'INC-[0-9]+',
    own: { email: 'bot@example.com', token: 'jira-token', webhookSecret: secret },
  },
  linear: { pattern: 'ENG-[0-9]+', own: { token: 'lin_api_token', webhookSecret: secret } },
  github: {
    pattern: 'acme/infra#[0-9]+',
    own: { token: 'github-token', repository: 'acme/infra', webhookSecret: secret },
  },
  webhook: { pattern: 'CRM/[0-9]+', own: { webhookSecrets: [genericSecret] } },
}

/** The trackers of the catalog, each before the stub of its kind. */
function configure(changes: Partial<Tracker> = {}, timeoutSeconds = 30) {
  const trackers = trackerKinds.map(({ kind, open }) => {
    const { pattern = '', own = {} } = settings[kind] ?? {}
    const url = kind === 'linear' ? `${stubs.url}/graphql` : stubs.url
    const common = {
      id: kind,
      name: null,
      pattern,
      whenDown: 'allow' as const,
      pollEverySeconds: null,
      timeoutSeconds,
    }
    const tracker = open((schema) => schema.parse(kind === 'webhook' ? own : { url, ...own }), {
      ...common,
      require: ['exists', 'open'],
    })
    return [kind, { ...tracker, ...changes }] as const
  })
  Object.assign(world.ports, { catalog: { ...world.ports.catalog, trackers: new Map(trackers) } })
}

const request = (ticket: string) => requestAccess(world.ports, { ...usualAsk(), ticket })
async function problem(ticket: string) {
  const answer = await request(ticket)
  return answer.kind === 'invalid' ? answer.problems : answer.kind
}
const beside = (text: string) => [{ field: 'ticket', message: expect.stringContaining(text) }]
const grantOf = async (id: string) => (await world.ports.store.histories.byRequest(id))?.grant

/** A lease under this ticket that is active. */
async function lease(ticket: string) {
  const { id } = await world.ask({ ticket })
  await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
  await world.processAll()
  expect((await grantOf(id))?.status).toBe('active')
  return id
}

describe.each([
  ['jira', 'INC-42', 'inc-42'],
  ['linear', 'ENG-42', 'eng-42'],
  ['github', 'acme/infra#42', '#42'],
])('a ticket of %s', (kind, key, typed) => {
  it('is checked when access is asked for, however it is written', async () => {
    expect(await problem(typed)).toEqual(beside(`has no ticket ${key}`))
    stubs.tickets.set(key, { state: 'closed', assignee: null })
    expect(await problem(typed)).toEqual(beside(`${key} is closed in `))
    stubs.tickets.set(key, { state: 'open', assignee: 'carl-1' })
    const { id } = await world.ask({ ticket: typed })
    const stored = (await world.ports.store.histories.byRequest(id))?.request.ticketCheck
    expect(stored).toMatchObject({
      trackerId: kind,
      key,
      outcome: 'checked',
      found: { isOpen: true, assignees: [{ login: 'carl-1' }] },
    })
  })

  it('is assigned to the requester by a confirmed login only', async () => {
    configure({ require: ['assignee'] })
    stubs.tickets.set(key, { state: 'open', assignee: 'carl-1' })
    expect(await problem(typed)).toEqual(beside('Nobody has confirmed your'))
    await confirm(kind, 'someone-else')
    expect(await problem(typed)).toEqual(beside('is not assigned to you'))
    const refused = await world.database
      .sql`select details from audit_events where action = 'request.refused'`
    expect(refused.at(-1)?.details).toEqual({ why: 'ticket', tracker: kind })
    await confirm(kind, 'CARL-1')
    expect(await problem(typed)).toBe('submitted')
  })

  it('is not checked while the tracker is down, and the catalog says what follows', async () => {
    for (const mode of ['down', 'hanging'] as const) {
      stubs.state.mode = mode
      configure({ whenDown: 'refuse' }, 1)
      expect(await problem(typed)).toEqual(beside('does not answer'))
      configure({ whenDown: 'allow' }, 1)
      const { ticketCheck } = await world.ask({ ticket: typed })
      expect(ticketCheck).toMatchObject({ outcome: 'unavailable', found: null })
    }
  })
})

async function confirm(system: string, login: string) {
  await world.ports.store.transaction(async (tx) => {
    const carl = await tx.accounts.findByUserId('T0DAYPASS', 'U0CARL')
    const identity = { personId: carl?.personId ?? '', system, login, confirmedById: null }
    await tx.identities.confirm({ ...identity, confirmedAt: world.clock.now() })
  })
}

it('a ticket of no tracker is not checked, and nobody chooses another address by it', async () => {
  const { ticketCheck } = await world.ask({ ticket: 'OTHER-1' })
  expect(ticketCheck).toBeNull()
  for (const ticket of ['../..#1', 'acme/..#1', 'INC-42/../../x', 'other/repo#1'])
    expect((await world.ask({ ticket })).ticketCheck).toBeNull()
  expect(stubs.state.asked).toEqual([])
})

const signedWith = (body: string, key = secret) => createHmac('sha256', key).update(body).digest('hex')
const deliveries = {
  jira: (key: string, at: Date, state: 'open' | 'closed' = 'closed') => {
    const issue = jiraIssue(key, { state, assignee: null })
    const body = JSON.stringify({ timestamp: at.getTime(), webhookEvent: 'jira:issue_updated', issue })
    return { body, headers: { 'x-hub-signature': `sha256=${signedWith(body)}` } }
  },
  linear: (key: string, at: Date, state: 'open' | 'closed' = 'closed') => {
    const data = { id: 'uuid', identifier: key, state: { type: state === 'open' ? 'started' : 'completed' } }
    const body = JSON.stringify({ action: 'update', type: 'Issue', data, webhookTimestamp: at.getTime() })
    return { body, headers: { 'linear-signature': signedWith(body) } }
  },
  github: (key: string, at: Date, state: 'open' | 'closed' = 'closed') => {
    const [full_name, number] = key.split('#')
    const issue = { number: Number(number), state, updated_at: at.toISOString() }
    const action = state === 'open' ? 'edited' : 'closed'
    const body = JSON.stringify({ action, issue, repository: { full_name } })
    return { body, headers: { 'x-hub-signature-256': `sha256=${signedWith(body)}` } }
  },
  webhook: (key: string, at: Date, state: 'open' | 'closed' = 'closed') => {
    const body = JSON.stringify({ type: `ticket.${state}`, ticket: key })
    const headers = {
      'webhook-id': `msg_${at.getTime()}`,
      'webhook-timestamp': `${Math.floor(at.getTime() / 1000)}`,
      'webhook-signature': new Webhook(genericSecret).sign(`msg_${at.getTime()}`, at, body),
    }
    return { body, headers }
  },
}
type Kind = keyof typeof deliveries

async function deliver(kind: string, { body, headers }: { body: string; headers: Record<string, string> }) {
  const { status } = await fetch(`${hooks}/${kind}`, { method: 'POST', body, headers })
  await world.processAll()
  return status
}

describe.each([
  ['jira', 'INC-42'],
  ['linear', 'ENG-42'],
  ['github', 'acme/infra#42'],
  ['webhook', 'CRM/42'],
] as const)('the webhook of %s', (kind: Kind, key) => {
  it('ends the leases of a closed ticket, and no others', async () => {
    stubs.tickets.set(key, { state: 'open', assignee: null })
    const [under, other] = [await lease(key), await lease('OTHER-1')]
    const now = world.clock.now()
    expect(await deliver(kind, deliveries[kind](key, now, 'open'))).toBe(204)
    expect((await grantOf(under))?.status).toBe('active')

    stubs.tickets.set(key, { state: 'closed', assignee: null })
    const closed = deliveries[kind](key, now)
    expect([await deliver(kind, closed), await deliver(kind, closed)]).toEqual([204, 204])
    expect(outcomes).toEqual(['irrelevant', 'accepted', 'repeated'])
    expect(await grantOf(under)).toMatchObject({
      status: 'revoked',
      revocation: {
        cause: 'ticket_closed',
        byId: null,
        reason: expect.stringContaining(`${key} is closed in`),
      },
    })
    expect((await grantOf(other))?.status).toBe('active')
    expect(world.channel.said(under)).toContain('requester:ended')
  })

  it('is not believed where it is forged, foreign, old, or not signed', async () => {
    stubs.tickets.set(key, { state: 'open', assignee: null })
    const under = await lease(key)
    stubs.tickets.set(key, { state: 'closed', assignee: null })
    const now = world.clock.now()
    const good = deliveries[kind](key, now)
    const forged = Object.fromEntries(Object.keys(good.headers).map((name) => [name, 'sha256=00']))
    const twoHoursAgo = new Date(now.getTime() - 7_200_000)
    const other = kind === 'jira' ? 'linear' : 'jira'
    expect([
      await deliver(kind, { ...good, headers: forged }),
      await deliver(kind, { ...good, headers: {} }),
      await deliver(kind, { ...good, body: good.body.replace('42', '43') }),
      await deliver(other, good),
      await deliver('nobody', good),
      await deliver(kind, deliveries[kind](key, twoHoursAgo)),
    ]).toEqual([401, 401, 401, 401, 401, 401])
    expect(outcomes.slice(3)).toEqual(['forged', 'unknown', 'stale'])
    expect((await grantOf(under))?.status).toBe('active')
  })
})

it('a ticket that is closed once more ends the leases of that time too, although the delivery says the same', async () => {
  const first = await lease('CRM/42')
  await deliver('webhook', deliveries.webhook('CRM/42', world.clock.now()))
  expect((await grantOf(first))?.status).toBe('revoked')
  world.clock.advance(3_600)
  const second = await lease('CRM/42')
  const closed = deliveries.webhook('CRM/42', world.clock.now())
  await deliver('webhook', closed)
  expect((await grantOf(second))?.status).toBe('revoked')
  await deliver('webhook', closed)
  expect(outcomes).toEqual(['accepted', 'accepted', 'repeated'])
})

it('a delivery that comes late does not end the leases of a ticket that is open again', async () => {
  stubs.tickets.set('INC-42', { state: 'open', assignee: null })
  const under = await lease('INC-42')
  expect(await deliver('jira', deliveries.jira('INC-42', world.clock.now()))).toBe(204)
  expect((await grantOf(under))?.status).toBe('active')
  // Where the tracker does not answer, its signed word counts.
  stubs.state.mode = 'down'
  world.clock.advance(1)
  await deliver('jira', deliveries.jira('INC-42', world.clock.now()))
  expect((await grantOf(under))?.status).toBe('revoked')
})

it('a closed ticket also cancels what would start later', async () => {
  stubs.tickets.set('INC-42', { state: 'open', assignee: null })
  const { id } = await world.ask({ ticket: 'INC-42', start: { at: new Date('2026-11-23T09:00:00Z') } })
  await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
  await world.processAll()
  stubs.tickets.set('INC-42', { state: 'closed', assignee: null })
  await deliver('jira', deliveries.jira('INC-42', world.clock.now()))
  expect(await grantOf(id)).toMatchObject({ status: 'cancelled', revocation: { cause: 'ticket_closed' } })
})

it('a ticket of a tracker that cannot be asked, closed while its request waits, lets no lease begin that nothing ends', async () => {
  const [waiting, other] = [await world.ask({ ticket: 'CRM/42' }), await world.ask({ ticket: 'CRM/43' })]
  await deliver('webhook', deliveries.webhook('CRM/42', world.clock.now()))
  const statusOf = async (id: string) => (await world.ports.store.histories.byRequest(id))?.request.status
  expect([await statusOf(waiting.id), await statusOf(other.id)]).toEqual(['cancelled', 'pending'])
  const click = { by: who('U0DANA'), requestId: waiting.id, verdict: 'approve', reason: null } as const
  expect((await decideRequest(world.ports, click)).kind).toBe('closed')
  expect(world.channel.said(waiting.id)).toContain('requester:closed')
})

it('a ticket is looked up as often as the catalog says, and when its request is approved', async () => {
  configure({ pollEverySeconds: 300 })
  stubs.tickets.set('INC-42', { state: 'open', assignee: null })
  const under = await lease('INC-42')
  stubs.state.mode = 'down'
  world.clock.advance(300)
  await world.processAll()
  expect((await grantOf(under))?.status).toBe('active')
  stubs.state.mode = 'up'
  stubs.tickets.delete('INC-42')
  world.clock.advance(300)
  await world.processAll()
  expect(await grantOf(under)).toMatchObject({
    status: 'revoked',
    revocation: { cause: 'ticket_closed', reason: 'Jira has no ticket INC-42 any more.' },
  })

  stubs.tickets.set('INC-43', { state: 'open', assignee: null })
  const { id } = await world.ask({ ticket: 'INC-43' })
  stubs.tickets.set('INC-43', { state: 'closed', assignee: null })
  await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
  await world.processAll()
  expect((await grantOf(id))?.status).toBe('revoked')
})

it('a tracker is followed to another place of its own, and not to another host: that could be one inside the network', async () => {
  const asked: string[] = []
  const issue = JSON.stringify({ state: 'open', assignees: [] })
  const started = async (answer: RequestListener) => {
    const one = createServer(answer)
    await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
    const { port } = one.address() as AddressInfo
    return { url: `http://127.0.0.1:${port}`, close: () => one.close() }
  }
  const inside = await started((request, response) => {
    asked.push(String(request.url))
    response.end(issue)
  })
  const places: Record<string, string> = {
    '/repos/acme/infra/issues/1': `${inside.url}/admin`,
    '/repos/acme/infra/issues/2': '/repos/acme/moved/issues/2',
    '/repos/acme/infra/issues/3': '/repos/acme/infra/issues/3',
  }
  const front = await started(({ url = '' }, response) => {
    const location = places[url]
    if (location === undefined) response.end(issue)
    else response.writeHead(301, { location }).end()
  })
  const kind = trackerKinds.find((one) => one.kind === 'github')
  const tracker = kind?.open((schema) => schema.parse({ ...settings.github?.own, url: front.url }), {
    ...{ id: 'github', name: null, pattern: '.*', whenDown: 'allow', pollEverySeconds: null },
    ...{ timeoutSeconds: 5, require: [] },
  })
  expect(await tracker?.find?.('acme/infra#2')).toMatchObject({ isOpen: true })
  await expect(tracker?.find?.('acme/infra#1')).rejects.toThrow('GitHub did not answer')
  await expect(tracker?.find?.('acme/infra#3')).rejects.toThrow('GitHub did not answer')
  expect(asked).toEqual([])
  for (const one of [inside, front]) one.close()
})
