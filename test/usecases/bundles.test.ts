import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ownersPlan } from '../../src/domain/approval-plan.ts'
import type { Catalog } from '../../src/domain/catalog.ts'
import { type Connector, ConnectorError } from '../../src/domain/connector.ts'
import type { Ports } from '../../src/domain/ports.ts'
import type { RequestHistory } from '../../src/domain/request-history.ts'
import { decideBundle } from '../../src/usecases/bundles/decide-bundle.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { adoptCard } from '../../src/usecases/messages/adopt-card.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { askKit, offerKit } from '../_bundles.ts'
import { openWorld, type PersonId, type World, who } from '../_world.ts'

let world: World
let usual: { catalog: Catalog; judge: Ports['policy']['judge']; grant: Connector['grant'] }
beforeAll(async () => {
  world = await openWorld()
  const { catalog, policy } = world.ports
  usual = { catalog, judge: policy.judge, grant: world.target.connector.grant }
})
beforeEach(() => {
  Object.assign(world.ports, { catalog: usual.catalog })
  offerKit(world, { approvals: ownersPlan(1) })
})
afterEach(async () => {
  world.ports.policy.judge = usual.judge
  world.target.connector.grant = usual.grant
  // Everything that a test asked for is over: the next one comes a day later.
  world.clock.advance(86_400)
  await world.processAll()
})
afterAll(() => world.close())

/** The three requests: read-orders, read-bills, fix-orders. */
async function asked(): Promise<[RequestHistory, RequestHistory, RequestHistory]> {
  const answer = await askKit(world)
  if (answer.kind !== 'submitted') throw new Error(`not submitted: ${JSON.stringify(answer)}`)
  const [read, bills, fix] = answer.histories
  if (!read || !bills || !fix) throw new Error('not three parts')
  return [read, bills, fix]
}
const all = (histories: readonly RequestHistory[]) =>
  histories.map(({ request }) => ({ requestId: request.id, stage: 0 }))
const approveAll = (userId: PersonId, histories: readonly RequestHistory[]) =>
  decideBundle(world.ports, { by: who(userId), verdict: 'approve', reason: null, parts: all(histories) })
const kinds = (decided: Awaited<ReturnType<typeof decideBundle>>) => decided.map(({ answer }) => answer.kind)
const now = async (histories: readonly RequestHistory[]) =>
  (await world.ports.store.histories.byRequests(histories.map(({ request }) => request.id))).map(
    ({ request, grant }) => grant?.status ?? request.status,
  )
const refusals = async () =>
  world.database
    .sql`select resource_id, entitlement_id, details from audit_events where action = 'request.refused' order by id`
const grantsOf = (histories: readonly RequestHistory[]) => world.database.sql`
  select id from grants where request_id = any(${histories.map(({ request }) => request.id)})`

describe('asking for a bundle', () => {
  it('makes one request of each part, in one transaction, with the terms of the bundle', async () => {
    const histories = await asked()
    expect(histories.map(({ request }) => [request.asksFor.resourceId, request.durationSeconds])).toEqual([
      ['orders-db', 1_800],
      ['billing-db', 1_800],
      ['orders-db', 1_800],
    ])
    const [read, bills, fix] = histories
    expect(fix.bundle).toEqual({
      id: expect.any(String),
      catalogId: 'on-call-kit',
      name: 'On-call kit',
      cardId: read.request.id,
      requests: [
        { id: read.request.id, reference: read.request.reference, cardId: read.request.id },
        { id: bills.request.id, reference: bills.request.reference, cardId: bills.request.id },
        { id: fix.request.id, reference: fix.request.reference, cardId: read.request.id },
      ],
    })
    const rows = await world.database.sql`select details ->> 'bundle' as bundle from audit_events
      where action = 'request.submitted' and request_id = any(${histories.map(({ request }) => request.id)})`
    expect(rows.map(({ bundle }) => bundle)).toEqual(['on-call-kit', 'on-call-kit', 'on-call-kit'])
  })

  it('a second delivery of one submission asks once, also at the same time', async () => {
    const submissionKey = randomUUID()
    const answers = await Promise.all([1, 2, 3].map(() => askKit(world, { submissionKey })))
    const ids = answers.map((answer) =>
      answer.kind === 'submitted' ? answer.histories.map(({ request }) => request.id).join() : answer.kind,
    )
    expect(new Set(ids).size).toBe(1)
    expect(ids[0]?.split(',')).toHaveLength(3)
  })

  it('no rule for a part: the person is told first, and then the rest is sent', async () => {
    world.ports.policy.judge = forbidding(world, 'fix-orders')
    const first = await askKit(world)
    expect(first).toMatchObject({ kind: 'tell_first' })
    expect(await refusals()).toMatchObject([
      { resourceId: 'orders-db', entitlementId: 'fix-orders', details: { bundle: 'on-call-kit' } },
    ])
    const second = await askKit(world, { toldLeftOut: ['orders-db/fix-orders'] })
    expect(second.kind === 'submitted' && second.histories.length).toBe(2)
    // It was told and recorded before.
    expect(await refusals()).toHaveLength(1)
  })

  it('longer than the bundle, a short reason, an unknown ticket: each problem once', async () => {
    const answer = await askKit(world, { duration: '2h', justification: 'short', ticket: 'nonsense' })
    expect(answer).toEqual({
      kind: 'invalid',
      problems: [
        { field: 'duration', message: 'On-call kit is given for 1h at the most; you asked for 2h.' },
        { field: 'justification', message: 'Say a little more: at least 10 characters, and this is 5.' },
        { field: 'ticket', message: '“nonsense” is not such a ticket. Write it as in OPS-12.' },
      ],
    })
  })

  it('counts as many requests as it has parts', async () => {
    const { catalog } = world.ports
    Object.assign(world.ports, {
      catalog: { ...catalog, defaults: { ...catalog.defaults, requestsPerHour: 4 } },
    })
    await asked()
    expect(await askKit(world)).toEqual({ kind: 'too_many', limit: 4, parts: 3 })
  })

  it('Postgres refuses a part of somebody else, and a card of another bundle', async () => {
    const [read] = await asked()
    const other = await world.ask({ asker: who('U0PAT') })
    const { id } = read.bundle ?? { id: '' }
    await expect(
      world.owner.sql`insert into bundled_requests values (${other.id}, ${id}, ${other.id})`,
    ).rejects.toThrow('is no part of this bundle')
    const own = await world.ask()
    await expect(
      world.owner.sql`insert into bundled_requests values (${own.id}, ${id}, ${other.id})`,
    ).rejects.toThrow('is no part of this bundle')
    await expect(world.owner.sql`update bundled_requests set card_id = ${own.id}`).rejects.toThrow(
      'does not change',
    )
  })
})

describe('deciding a bundle', () => {
  it('one card for each owners’ channel, which shows all its parts', async () => {
    const [read, bills, fix] = await asked()
    await world.processAll()
    expect(world.channel.latest(read.request.id, 'card')?.together?.map(({ request }) => request.id)).toEqual(
      [read.request.id, fix.request.id],
    )
    expect(world.channel.latest(bills.request.id, 'card')?.together).toEqual([])
    expect(world.channel.latest(fix.request.id, 'card')).toBeUndefined()
    expect(world.channel.latest(fix.request.id, 'requester:submitted')?.card).not.toBeNull()
  })

  it('approve all: each part is decided and granted by itself, at the same time', async () => {
    const [read, bills, fix] = await asked()
    await world.processAll()
    expect(kinds(await approveAll('U0DANA', [read, fix]))).toEqual(['recorded', 'recorded'])
    await world.processAll()
    expect(await now([read, bills, fix])).toEqual(['active', 'pending', 'active'])
    expect(await grantsOf([read, fix])).toHaveLength(2)
    expect(world.channel.said(fix.request.id)).toContain('thread:active')

    await releaseGrant(world.ports, { by: who('U0CARL'), requestId: read.request.id })
    await world.processAll()
    expect(await now([read, fix])).toEqual(['revoked', 'active'])
    world.clock.advance(1_801)
    await world.processAll()
    expect(await now([read, fix])).toEqual(['revoked', 'ended'])
    const card = world.channel.latest(read.request.id, 'card')
    expect(card?.together?.map(({ grant }) => grant?.status)).toEqual(['revoked', 'ended'])
  })

  it('I4: a double click and two approvers at once change it once', async () => {
    const [read, , fix] = await asked()
    const clicks = await Promise.all([
      approveAll('U0DANA', [read, fix]),
      approveAll('U0DANA', [fix, read]),
      approveAll('U0ERIN', [read, fix]),
    ])
    expect(clicks.flatMap(kinds).filter((kind) => kind === 'recorded')).toHaveLength(2)
    expect(await grantsOf([read, fix])).toHaveLength(2)
  })

  it('decides only the parts that this person may decide, and records the refusal', async () => {
    const histories = await asked()
    expect(kinds(await approveAll('U0DANA', histories))).toEqual(['recorded', 'refused', 'recorded'])
    expect(await now(histories)).toEqual(['activating', 'pending', 'activating'])
    const refused = await world.database.sql`
      select request_id from audit_events
      where action = 'decision.refused' and request_id = any(${histories.map(({ request }) => request.id)})`
    expect(refused).toEqual([{ requestId: histories[1].request.id }])
  })

  it('the requester, and somebody whom nothing names, decide nothing', async () => {
    const histories = await asked()
    for (const userId of ['U0CARL', 'U0PAT'] as const)
      expect(kinds(await approveAll(userId, histories))).toEqual(['refused', 'refused', 'refused'])
    expect(await now(histories)).toEqual(['pending', 'pending', 'pending'])
  })

  it('one part denied: the others go on', async () => {
    const [read, , fix] = await asked()
    await decideRequest(world.ports, {
      ...{ by: who('U0DANA'), requestId: fix.request.id, verdict: 'deny', reason: 'Not this one' },
    })
    expect(kinds(await approveAll('U0DANA', [read, fix]))).toEqual(['recorded', 'repeated'])
    await world.processAll()
    expect(await now([read, fix])).toEqual(['active', 'denied'])
  })

  it('one part that cannot be given: the others are active, and the requester is told of each', async () => {
    const [read, , fix] = await asked()
    const { grant } = world.target.connector
    world.target.connector.grant = async (access) => {
      if (access.entitlementId === 'fix-orders')
        throw new ConnectorError('permission', 'The target refuses it.', { retryable: false })
      return grant(access)
    }
    await approveAll('U0DANA', [read, fix])
    await world.processAll()
    expect(await now([read])).toEqual(['active'])
    expect(world.channel.said(read.request.id)).toContain('requester:active')
    expect(world.channel.said(fix.request.id)).toContain('requester:activation_failed')
    expect(world.channel.said(fix.request.id)).not.toContain('requester:active')
  })

  it('a part that asks for a proof is not decided with the others', async () => {
    offerKit(world, { approvals: ownersPlan(1), stepUp: ['approve'] })
    const [read, , fix] = await asked()
    expect(kinds(await approveAll('U0DANA', [read, fix]))).toEqual(['recorded', 'needs_proof'])
    expect(await now([read, fix])).toEqual(['activating', 'pending'])
  })

  it('buttons of a part work on the card that shows it, and on no other message', async () => {
    const [read, bills, fix] = await asked()
    await world.processAll()
    const rows = await world.database.sql<{ subjectId: string; channelId: string; ts: string }[]>`
      select subject_id, channel_id, ts from slack_messages where purpose = 'card'`
    const at = (history: RequestHistory) => {
      const row = rows.find(({ subjectId }) => subjectId === history.request.id)
      if (!row) throw new Error('no card')
      return { channelId: row.channelId, ts: row.ts }
    }
    const adopt = (history: RequestHistory, place: { channelId: string; ts: string }) =>
      adoptCard(world.ports, { requestId: history.request.id, at: place })
    expect(await adopt(fix, at(read))).toBe('known')
    expect(await adopt(fix, at(bills))).toBe('foreign')
    expect(await adopt(fix, { channelId: 'C0LOBBY', ts: '1.000100' })).toBe('foreign')
  })
})

/** The shipped policies, with one more rule. */
function forbidding({ ports: { policy } }: World, entitlementId: string): typeof policy.judge {
  const judge = policy.judge.bind(policy)
  return (question) => {
    const result = judge(question)
    if (question.action !== 'request' || question.entitlement?.id !== entitlementId) return result
    return { ...result, allowed: false, outcome: 'forbidden', sentence: 'Not for contractors.' }
  }
}
