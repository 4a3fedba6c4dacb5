import { randomUUID } from 'node:crypto'
import { addMinutes } from 'date-fns/addMinutes'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NamedScope } from '../../src/domain/freeze.ts'
import { isHolding } from '../../src/domain/freeze.ts'
import type { Grant } from '../../src/domain/grant.ts'
import type { Tracker } from '../../src/domain/tracker.ts'
import { liftFreezeOf } from '../../src/usecases/freezes/lift-freeze.ts'
import { makeFreeze } from '../../src/usecases/freezes/make-freeze.ts'
import { issueCredentials } from '../../src/usecases/grants/issue-credentials.ts'
import { keepLease } from '../../src/usecases/grants/keep-lease.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { revokeNow } from '../../src/usecases/grants/revoke-now.ts'
import { panic } from '../../src/usecases/panic/panic.ts'
import { cancelRequest } from '../../src/usecases/requests/cancel-request.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { extendLease } from '../../src/usecases/requests/extend-lease.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { offer } from '../_offer.ts'
import { openWorld, type PersonId, usualAsk, type World, who } from '../_world.ts'

// Planned starts, extension, cancellation, release, revocation, panic, freeze, closed tickets, idle ends and expiry in random order, together, and in the middle of what the target
// does, against the real database. The target records what it holds and until when. More runs: `LIFE_MODEL=1000 npx vitest run
// test/usecases/life-model.test.ts`.

const runs = Number(process.env.LIFE_MODEL ?? 25)
const holders = ['U0CARL', 'U0GUEST'] as const satisfies readonly PersonId[]
const lead = who('U0LEAD')

const scopes = fc.constantFrom<NamedScope>(
  { kind: 'all' },
  { kind: 'resource', resourceId: 'orders-db' },
  { kind: 'person', userId: 'U0CARL' },
  { kind: 'person', userId: 'U0GUEST' },
)
const one = <Kind extends string>(kind: Kind) =>
  fc.record({ kind: fc.constant(kind), holder: fc.constantFrom(...holders) })
const steps = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      holder: fc.constantFrom(...holders),
      /** Minutes until the planned start. */
      startsIn: fc.constantFrom(null, null, 5, 25),
      ticket: fc.constantFrom(null, 'CRM-1', 'CRM-2'),
    }),
  },
  { weight: 4, arbitrary: one('approve') },
  { weight: 3, arbitrary: one('extend') },
  one('cancel'),
  one('release'),
  one('revoke'),
  one('credentials'),
  one('keep'),
  fc.record({ kind: fc.constant('use' as const) }),
  fc.record({ kind: fc.constant('close ticket' as const), ticket: fc.constantFrom('CRM-1', 'CRM-2') }),
  fc.record({ kind: fc.constant('panic' as const), scope: scopes, freeze: fc.constantFrom(null, '', '20m') }),
  fc.record({
    kind: fc.constant('freeze' as const),
    scope: scopes,
    until: fc.constantFrom('', '10m', '40m'),
  }),
  fc.record({ kind: fc.constant('lift' as const), scope: scopes }),
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 40 }) }),
  },
  fc.record({ kind: fc.constant('target' as const), isDown: fc.boolean() }),
)
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never
const moves = fc.record({
  step: steps,
  /** At the same time as the move before, beside the work of a worker, or while the target gives something to `receiver`. */
  when: fc.constantFrom(
    'alone',
    'together',
    'together',
    'beside a worker',
    'while the target gives',
    'while the target gives',
  ),
  receiver: fc.constantFrom(...holders),
})
type Move = typeof moves extends fc.Arbitrary<infer T> ? T : never

/** Nobody has anything. */
const over: readonly string[] = ['ended', 'revoked', 'activation_failed', 'cancelled']

/** A tracker that cannot be asked: it says by itself that a ticket is closed. */
const tracker: Tracker = {
  id: 'crm',
  kind: 'webhook',
  name: 'CRM',
  keyOf: (ticket) => (/^CRM-[0-9]+$/.test(ticket) ? ticket : null),
  require: [],
  whenDown: 'allow',
  pollEverySeconds: null,
}
/** The last use of every lease, as the target tells it. */
let lastUse = new Date(0)

describe('the life of a lease', () => {
  let world: World
  const secrets: string[] = []
  beforeAll(async () => {
    world = await openWorld()
    offer(world, { idleAfterSeconds: 1_800 })
    const { catalog } = world.ports
    const defaults = { ...catalog.defaults, requestsPerHour: 1_000_000 }
    Object.assign(world.ports, {
      catalog: { ...catalog, defaults, trackers: new Map([[tracker.id, tracker]]) },
    })
    lastUse = world.clock.now()
    Object.assign(world.target.connector, {
      lastUsed: async (orders: readonly unknown[]) => {
        const seconds = Math.max(0, (world.clock.now().getTime() - lastUse.getTime()) / 1_000)
        return orders.map(() => seconds)
      },
    })
  })
  afterAll(() => world.close())

  it('ends lawfully in every order, and the target’s own expiry is always that of the lease', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(moves, { minLength: 3, maxLength: 14 }), async (life) => {
        const began = await lastEvent(world)
        const asked: string[] = []
        for (const userId of holders) asked.push(...(await perform(world, askNow(userId), secrets)))
        for (const group of grouped(life)) {
          asked.push(...(await performGroup(world, group, secrets)))
          await settle(world)
          await expectTrue(world, asked)
        }
        await endAll(world)
        const grants = await grantsOf(world, asked)
        expect(grants.filter(({ status }) => !over.includes(status))).toEqual([])
        expect(world.target.held.size).toBe(0)
        await expectLawfulRecord(world, began)
      }),
      { numRuns: runs, ...(process.env.LIFE_SEED ? { seed: Number(process.env.LIFE_SEED) } : {}) },
    )
    const { sql } = world.database
    const stored =
      await sql`select details::text as text from audit_events union all select effect::text from outbox
      union all select removed::text from grants union all select granted::text from grants`
    const all = stored.map(({ text }) => text).join('\n')
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([])
  }, 7_200_000)
})

function grouped(life: readonly Move[]): Move[][] {
  const groups: Move[][] = []
  for (const move of life) {
    const last = groups.at(-1)
    if (move.when === 'together' && last) last.push(move)
    else groups.push([move])
  }
  return groups
}

async function performGroup(world: World, group: readonly Move[], secrets: string[]): Promise<string[]> {
  const [first] = group
  if (first?.when === 'while the target gives') {
    const asked = await orderToGive(world, first.receiver, secrets)
    const { state } = world.target
    const now = async () => {
      state.beforeGrantEnds = async () => {}
      for (const { step } of group) asked.push(...(await perform(world, step, secrets)))
      // Another worker does what that ordered, before the target has given it.
      await world.processAll()
    }
    state.beforeGrantEnds = now
    await world.processAll()
    // Nothing was given, so it happens now.
    if (state.beforeGrantEnds === now) await now()
    return asked
  }
  const [asked] = await Promise.all([
    Promise.all(group.map(({ step }) => perform(world, step, secrets))),
    first?.when === 'beside a worker' ? world.processAll() : undefined,
  ])
  return asked.flat()
}

/** The next thing that the workers do is to give this person access or more time. */
async function orderToGive(
  world: World,
  holder: (typeof holders)[number],
  secrets: string[],
): Promise<string[]> {
  const isHolder = (await leasesOf(world, holder)).length > 0
  const asked = await perform(world, isHolder ? { kind: 'extend', holder } : askNow(holder), secrets)
  await perform(world, { kind: 'approve', holder }, secrets)
  return asked
}

function askNow(holder: (typeof holders)[number]): Step {
  return { kind: 'ask', holder, startsIn: null, ticket: null }
}

/** Returns the ids of new requests for access. */
async function perform(world: World, step: Step, secrets: string[]): Promise<string[]> {
  const { ports, clock, target } = world
  switch (step.kind) {
    case 'ask': {
      const answer = await requestAccess(ports, {
        ...usualAsk(),
        asker: who(step.holder),
        ticket: step.ticket,
        start: step.startsIn === null ? null : { at: addMinutes(clock.now(), step.startsIn) },
        submissionKey: randomUUID(),
      })
      return answer.kind === 'submitted' ? [answer.history.request.id] : []
    }
    case 'approve':
      for (const id of await requestsOf(world, step.holder, 'pending'))
        await decideRequest(ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
      return []
    case 'extend':
      for (const requestId of await leasesOf(world, step.holder))
        await extendLease(ports, {
          by: who(step.holder),
          requestId,
          duration: '30m',
          justification: 'INC-42 takes longer',
          ticket: null,
          submissionKey: randomUUID(),
        })
      return []
    case 'cancel':
      for (const requestId of await requestsOf(world, step.holder, 'pending'))
        await cancelRequest(ports, { by: who(step.holder), requestId })
      return []
    case 'release':
      for (const requestId of await leasesOf(world, step.holder, 'scheduled'))
        await releaseGrant(ports, { by: who(step.holder), requestId })
      return []
    case 'revoke':
      for (const requestId of await leasesOf(world, step.holder, 'scheduled'))
        await revokeNow(ports, { by: who('U0DANA'), requestId, reason: 'Enough' })
      return []
    case 'credentials':
      for (const requestId of await leasesOf(world, step.holder)) {
        const press = { by: who(step.holder), requestId, interactionKey: randomUUID() }
        const answer = await issueCredentials(ports, press)
        if (answer.kind === 'issued') secrets.push(...answer.credentials.fields.map(({ value }) => value))
      }
      return []
    case 'keep':
      for (const requestId of await leasesOf(world, step.holder))
        await keepLease(ports, { by: who(step.holder), requestId })
      return []
    case 'use':
      lastUse = clock.now()
      return []
    case 'close ticket':
      await ports.store.transaction((tx) =>
        tx.outbox.add({ kind: 'close_ticket', trackerId: tracker.id, key: step.ticket }, clock.now()),
      )
      return []
    case 'panic':
      await panic(ports, {
        by: lead,
        named: step.scope,
        reason: 'A laptop was stolen',
        freezeUntil: step.freeze,
        submissionKey: randomUUID(),
      })
      return []
    case 'freeze':
      await makeFreeze(ports, { by: lead, named: step.scope, reason: 'An incident', until: step.until })
      return []
    case 'lift':
      await liftFreezeOf(ports, { by: lead, named: step.scope })
      return []
    case 'wait':
      clock.advance(step.minutes * 60)
      return []
    case 'target':
      if (step.isDown) target.breakDown(true)
      else target.mend()
      return []
  }
}

async function requestsOf(world: World, userId: string, status: string): Promise<string[]> {
  const rows = await world.database.sql<
    { id: string }[]
  >`select r.id from requests r join accounts a on a.id = r.requester_id
    where a.user_id = ${userId} and r.status = ${status} order by r.number`
  return rows.map(({ id }) => id)
}

/** The requests of what this person holds, or is being given, and of leases in one more state. */
async function leasesOf(world: World, userId: string, also = ''): Promise<string[]> {
  const rows = await world.database.sql<
    { id: string }[]
  >`select g.request_id as id from grants g join accounts a on a.id = g.holder_id
    where a.user_id = ${userId} and g.status in ('activating', 'active', ${also}) order by g.created_at`
  return rows.map(({ id }) => id)
}

async function grantsOf(world: World, requestIds: readonly string[]): Promise<Grant[]> {
  const histories = await world.ports.store.histories.byRequests(requestIds)
  return histories.flatMap(({ grant }) => grant ?? [])
}

/** Everything that is due is done, also what was due again a moment later. */
async function settle(world: World): Promise<void> {
  await world.processAll()
  world.clock.advance(8)
  await world.processAll()
}

/** I1, I2 and I7, after the workers have done what was due. */
async function expectTrue(world: World, asked: readonly string[]): Promise<void> {
  const { ports, clock, target, channel } = world
  if (target.state.broken) return
  const now = clock.now()
  for (const history of await ports.store.histories.byRequests(asked)) {
    const { grant, request, decisions } = history
    if (!grant) continue
    expect(request.status).toBe('approved')
    expect(
      decisions.some(({ verdict, approver }) => verdict === 'approve' && approver.userId === 'U0DANA'),
    ).toBe(true)
    if (grant.status === 'active') {
      expect(grant.lease.endsAt > now).toBe(true)
      expect(target.held.get(grant.id)?.until).toEqual(grant.lease.endsAt)
    }
    if (over.includes(grant.status) || grant.status === 'scheduled')
      expect(target.held.has(grant.id)).toBe(false)
    const told = channel.latest(request.id, 'requester:active')?.history.grant
    if (told?.status === 'active' && grant.status !== 'active') expect(grant.status).toMatch(/^revo/)
    if (grant.status === 'ended' || grant.status === 'revoked')
      expect(channel.latest(request.id, 'card')?.history.grant?.status).toBe(grant.status)
  }
}

async function endAll(world: World): Promise<void> {
  world.target.mend()
  for (const named of [
    { kind: 'all' },
    { kind: 'resource', resourceId: 'orders-db' },
    ...holders.map((userId) => ({ kind: 'person', userId }) as const),
  ] as const)
    await liftFreezeOf(world.ports, { by: lead, named })
  for (const userId of holders)
    for (const requestId of await requestsOf(world, userId, 'pending'))
      await cancelRequest(world.ports, { by: who(userId), requestId })
  // Leases of an hour and their extensions, and the longest pauses of what failed.
  for (const seconds of [0, 600, 6 * 3600, 600, 600]) {
    world.clock.advance(seconds)
    await world.processAll()
  }
}

async function lastEvent({ database }: World): Promise<number> {
  const [row] = await database.sql<
    { id: number }[]
  >`select coalesce(max(id), 0)::integer as id from audit_events`
  return row?.id ?? 0
}

/** I3 and I4: each change is recorded once, and nothing was granted beside a freeze. */
async function expectLawfulRecord({ database }: World, since: number): Promise<void> {
  const events = await database.sql<RecordedEvent[]>`
    select e.action, e.at, e.subject_id as "subjectId", e.grant_id as "grantId", e.resource_id as "resourceId", e.account_id as "accountId",
      e.details ->> 'scope' as scope, (e.details ->> 'ends_at')::timestamptz as "endsAt"
    from audit_events e where e.id > ${since} order by e.id`
  const open = new Map<string, RecordedEvent>()
  const once = new Set<string>()
  for (const event of events) {
    const { action, grantId } = event
    if (action === 'freeze.made') open.set(event.subjectId, event)
    if (action === 'freeze.lifted' || action === 'freeze.ended') open.delete(event.subjectId)
    if (action === 'grant.activated' || action === 'grant.lease_extended') {
      const frozen = [...open.values()].filter(
        (freeze) =>
          isHolding({ closed: null, endsAt: freeze.endsAt }, event.at) &&
          (freeze.scope === 'all' ||
            freeze.resourceId === event.resourceId ||
            freeze.accountId === event.accountId),
      )
      expect(frozen).toEqual([])
    }
    if (['grant.activated', 'grant.revoking', 'grant.ended', 'grant.revoked'].includes(action)) {
      expect(once.has(`${action} ${grantId}`)).toBe(false)
      once.add(`${action} ${grantId}`)
    }
  }
  const [unfinished] =
    await database.sql`select count(*)::integer as count from panics where finished_at is null`
  expect(unfinished?.count).toBe(0)
}

interface RecordedEvent {
  readonly action: string
  readonly at: Date
  readonly subjectId: string
  readonly grantId: string | null
  readonly resourceId: string | null
  readonly accountId: string | null
  readonly scope: string | null
  readonly endsAt: Date | null
}
