import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connector, ConnectorError } from '../../src/domain/connector.ts'
import type { EffectKind, OutboxEntry } from '../../src/domain/effect.ts'
import { type Messenger, MessengerError } from '../../src/domain/messenger.ts'
import type { Ports } from '../../src/domain/ports.ts'
import type { Store } from '../../src/domain/store.ts'
import { groupEntries } from '../../src/jobs/group-entries.ts'
import { runGroup } from '../../src/jobs/run-group.ts'
import { runnableEffects } from '../../src/usecases/effects.ts'
import { issueCredentials } from '../../src/usecases/grants/issue-credentials.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { revokeNow } from '../../src/usecases/grants/revoke-now.ts'
import { offboardAccount } from '../../src/usecases/people/offboard-account.ts'
import { cancelRequest } from '../../src/usecases/requests/cancel-request.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { extendLease } from '../../src/usecases/requests/extend-lease.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { openWorld, silent, usualAsk, type World, who } from '../_world.ts'

// Random actions run at once, while processes die and pause at any point, and the target and Slack fail and recover.
// More runs: `INTERLEAVINGS=200 npx vitest run test/usecases/interleavings.test.ts`. A failure names its seed; the same seed
// (`INTERLEAVINGS_SEED=...`) makes the same choices, but not the same timing.

const runs = Number(process.env.INTERLEAVINGS ?? 2)
const seed = process.env.INTERLEAVINGS_SEED
const steps = 25
/** Real seconds until an operation counts as dead. Entries are held for 30 seconds of the world's clock. */
const patienceSeconds = 0.06

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

interface Dice {
  chance(probability: number): boolean
  below(count: number): number
  pick<T>(items: readonly T[]): T
}

// Without bias, because fast-check would otherwise prefer small numbers, which are the rare faults.
const fraction = () => fc.noBias(fc.nat({ max: 9_999 }))

/** Draws from what fast-check generates as the run goes on. */
function diceOf(draw: fc.GeneratorValue): Dice {
  const next = () => draw(fraction) / 10_000
  return {
    chance: (probability) => next() < probability,
    below: (count) => Math.floor(next() * count),
    pick: <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T,
  }
}

/** The state that the operations of one run share. */
interface Surroundings {
  /** The ends that the target has, by grant. */
  readonly held: Map<string, Date>
  calm: boolean
  target: 'well' | 'away' | 'refusing'
  slack: boolean
}

/**
 * Ports for one operation. Each call may be slow, outlive its hold, fail, or be the last call of its process. No
 * process both outlives its hold and dies then: of what it did at the target that late only a look at the target could tell.
 */
function unreliable(base: Ports, dice: Dice, state: Surroundings): Ports {
  const holdEnds = Date.now() + patienceSeconds * 1000
  const { held } = state
  const hops = async (stalls = 0.02) => {
    for (let left = dice.below(4); left > 0; left -= 1) await pause(0)
    if (state.calm) return
    if (dice.chance(0.02) && Date.now() < holdEnds) await new Promise<never>(() => {})
    if (dice.chance(stalls)) await pause(patienceSeconds * 1000 * (1 + dice.below(5)))
  }
  const targetAnswers = () => {
    if (state.target !== 'well')
      throw new ConnectorError('unreachable', 'away', { retryable: state.target === 'away' })
  }
  const evidence = () => ({ readAt: base.clock.now(), summary: 'seen', facts: {} })
  const operate = async (change: () => void) => {
    await hops(0.2)
    targetAnswers()
    change()
    await hops(0.2)
    targetAnswers()
    return evidence()
  }
  const connector: Connector = {
    grant: ({ grantId, until }) => operate(() => held.set(grantId, until)),
    revoke: ({ grantId }) => operate(() => held.delete(grantId)),
    revokeAll: (orders) => orders.map(({ grantId }) => operate(() => held.delete(grantId))),
    issueCredentials: async ({ until }) => ({ fields: [], commands: [], expiresAt: until }),
    check: async () => ({ ok: true, summary: 'well' }),
    close: async () => {},
  }
  const messenger: Messenger = {
    async deliver({ channelId }, at) {
      await hops()
      if (!state.slack) throw new MessengerError('http_500', 'away', { retryable: true })
      return at ?? { channelId: channelId ?? 'D0DIRECT', ts: randomUUID() }
    },
    async postDigest({ channelId }) {
      await hops()
      if (!state.slack) throw new MessengerError('http_500', 'away', { retryable: true })
      return { channelId, ts: randomUUID() }
    },
    deliverEngagement: async (_, at) => at ?? { channelId: 'D0DIRECT', ts: randomUUID() },
    publishHome: async () => {},
    tellPanic: async (_, __, { channelId }) => ({ channelId, ts: '1.000100' }),
    shareReport: async () => {},
    tellCampaign: async () => ({ channelId: 'D0DIRECT', ts: '1.000100' }),
    tellAlerts: async (_, { channelId }) => ({ channelId, ts: '1.000100' }),
    tellInsight: async () => {},
    tellSecurity: async () => {},
    tellPerson: async () => {},
  }
  const store: Store = {
    ...base.store,
    async transaction(work) {
      await hops()
      const result = await base.store.transaction(work)
      await hops()
      return result
    },
  }
  return { ...base, store, messenger, connectors: { of: () => connector } }
}

/** One run: its random choices, and the world of its operations. */
interface Life {
  readonly dice: Dice
  readonly state: Surroundings
  readonly requestIds: string[]
}

/** Takes the due effects and performs them at once. Resolves with their number, when each has ended or was abandoned. */
async function work({ dice, state }: Life): Promise<number> {
  const kinds = runnableEffects(() => world.ports).map(({ kind }) => kind as EffectKind)
  const entries = await world.take(kinds)
  const operationSeconds = state.calm ? 30 : patienceSeconds
  const ports = { outbox: world.outbox, clock: world.clock, log: silent, operationSeconds }
  const perform = async (some: readonly OutboxEntry[]) => {
    const faulty = unreliable(world.ports, dice, state)
    const effects = runnableEffects(() => faulty)
    const groups = groupEntries(some, new Map(effects.map((effect) => [effect.kind, effect])))
    const context = { probing: false }
    for (const group of groups) await runGroup(ports, { ...group, context, by: 'sweep' })
  }
  // At the end one after the other, because simultaneous deliveries of one message only delay each other.
  if (state.calm) for (const entry of entries) await perform([entry])
  else {
    const together = entries.filter(({ effect }) => effect.kind === 'revoke_grant')
    const alone = entries.filter((entry) => !together.includes(entry))
    await Promise.all([perform(together), ...alone.map((entry) => perform([entry]))])
  }
  return entries.length
}

/** An action of a person in Slack. An action whose process dies is not awaited. */
async function act({ dice, state, requestIds }: Life): Promise<void> {
  const ports = unreliable(world.ports, dice, state)
  const requestId = dice.pick(requestIds) ?? randomUUID()
  const carl = who('U0CARL')
  const approver = who(dice.pick(['U0DANA', 'U0ERIN', 'U0FRED']))
  const ask = async () => {
    const entitlementId = dice.pick(['read-orders', 'read-orders', 'fix-orders'])
    const duration = dice.pick(['1s', '20s', '10m', '1h'])
    const later = dice.pick([0, 0, 1, 20, 300, 1200])
    const start = later > 0 ? { at: new Date(world.clock.now().getTime() + later * 1000) } : null
    const answer = await requestAccess(ports, { ...usualAsk(), entitlementId, duration, start })
    if (answer.kind === 'submitted') requestIds.push(answer.history.request.id)
  }
  const extend = async () => {
    const duration = dice.pick(['1s', '20s', '10m', '1h'])
    const { justification, ticket, submissionKey } = usualAsk()
    const answer = await extendLease(ports, {
      by: carl,
      requestId,
      duration,
      justification,
      ticket,
      submissionKey,
    })
    if (answer.kind === 'submitted') requestIds.push(answer.history.request.id)
  }
  const decide = (verdict: 'approve' | 'deny') => () =>
    decideRequest(ports, { by: approver, requestId, verdict, reason: 'no' })
  const takeBack = [
    () => releaseGrant(ports, { by: carl, requestId }),
    () => revokeNow(ports, { by: who('U0LEAD'), requestId, reason: 'incident' }),
    () => offboardAccount(ports, carl),
  ]
  const rare = [
    decide('deny'),
    () => cancelRequest(ports, { by: carl, requestId }),
    () => issueCredentials(ports, { by: carl, requestId, interactionKey: randomUUID() }),
  ]
  const actions = [
    ask,
    ask,
    extend,
    extend,
    decide('approve'),
    decide('approve'),
    decide('approve'),
    dice.pick(takeBack),
    dice.pick(rare),
  ]
  // Prefers the newest requests.
  if (requestIds.length > 3) requestIds.shift()
  await Promise.race([
    dice
      .pick(actions)()
      .catch(() => {}),
    pause(patienceSeconds * 1000),
  ])
}

async function live(dice: Dice): Promise<void> {
  const state: Surroundings = { held: new Map(), calm: false, target: 'well', slack: true }
  const life: Life = { dice, state, requestIds: [] }
  for (let step = 0; step < steps; step += 1) {
    const crowd = Array.from({ length: 1 + dice.below(6) }, () => act(life))
    await Promise.all([...crowd, work(life), dice.chance(0.5) ? work(life) : 0])
    if (dice.chance(0.3)) state.target = dice.pick(['well', 'well', 'well', 'away', 'refusing'])
    if (dice.chance(0.2)) state.slack = !state.slack
    world.clock.advance(dice.pick([0, 1, 1, 5, 31, 31, 300, 1200]))
    expect(await stuck(), `stuck after step ${step}`).toEqual([])
  }
  // Ends the remaining pauses.
  await pause(patienceSeconds * 20_000)
  Object.assign(state, { calm: true, target: 'well', slack: true })
  world.clock.advance(31)
  while ((await work(life)) > 0) {}
  expect(await disagreeing(state.held), 'extended on record or at the target alone').toEqual([])
  for (let quietRounds = 0; quietRounds < 3; ) {
    world.clock.advance(3 * 3600)
    quietRounds = (await work(life)) > 0 ? 0 : quietRounds + 1
  }
  expect([...state.held.keys()], 'held at the target by nobody').toEqual([])
}

/** Extended leases whose end at the target is another one than on record. Where the target refused, it may keep the other. */
async function disagreeing(held: ReadonlyMap<string, Date>): Promise<string[]> {
  const rows = await world.database.sql<{ id: string; leaseEndsAt: Date }[]>`
    select id, lease_ends_at from grants g where status = 'active'
      and exists (select from lease_extensions where grant_id = g.id)
      and not exists (select from lease_extensions where grant_id = g.id and failure is not null)
      and not exists (select from outbox where done_at is null and effect ->> 'kind' = 'extend_grant'
        and effect ->> 'grantId' = g.id::text)`
  return rows.flatMap(({ id, leaseEndsAt }) => {
    const end = held.get(id)
    return end?.getTime() === leaseEndsAt.getTime()
      ? []
      : [`${id}: ${end?.toISOString()}, not ${leaseEndsAt.toISOString()}`]
  })
}

/** Effects and states that still wait, although nothing will change them. */
async function stuck(): Promise<string[]> {
  const rows = await world.database.sql<{ what: string }[]>`
    with undone as (select effect from outbox where done_at is null)
    select 'request ' || id as what from requests where status = 'pending' and not exists (
      select from undone where effect ->> 'kind' = 'expire_request' and effect ->> 'requestId' = requests.id::text)
    union all
    select 'extension ' || id from requests
    where status = 'approved' and extends_grant_id is not null
      and not exists (select from lease_extensions where request_id = requests.id)
      and not exists (select from undone where effect ->> 'kind' = 'extend_grant' and effect ->> 'requestId' = requests.id::text)
    union all
    select status || ' grant ' || id from grants
    where status in ('scheduled', 'activating', 'active', 'revoking', 'revocation_failed') and not exists (
      select from undone where effect ->> 'grantId' = grants.id::text
        and effect ->> 'kind' = case status when 'scheduled' then 'start_grant' when 'activating' then 'activate_grant' else 'revoke_grant' end)`
  return rows.map(({ what }) => what)
}

/** Differences between the audit log and the rows. */
async function unrecorded(): Promise<string[]> {
  const rows = await world.database.sql<{ what: string }[]>`
    with said as (
      select request_id, grant_id, action, count(*)::int as times from audit_events
      where request_id is not null group by 1, 2, 3),
    moved as (
      select grant_id, case when failure is null then 'grant.lease_extended' else 'grant.extension_failed' end as action,
        count(*)::int as times
      from lease_extensions group by 1, 2),
    due as (
      select id as request_id, null::uuid as grant_id, 'request.submitted' as action from requests
      union all select id, null, 'request.' || status from requests where status not in ('pending', 'approved')
      union all select r.id, g.id, 'request.approved' from requests r left join grants g on g.request_id = r.id
        where r.status = 'approved'
      union all select request_id, id, 'grant.activated' from grants where activated_at is not null
      union all select request_id, id, 'grant.revoking' from grants
        where revocation_cause is not null and status <> 'cancelled'
      union all select request_id, id, 'grant.' || status from grants where status in ('ended', 'revoked', 'cancelled')
      union all select request_id, id, 'grant.activation_failed' from grants
        where status = 'activation_failed' or revocation_cause = 'activation_failed')
    select coalesce(due.action, said.action) || ' ' || coalesce(said.times, 0) as what
    from due full join said on due.request_id = said.request_id and due.action = said.action
      and due.grant_id is not distinct from said.grant_id
    where said.times is distinct from 1 or due.action is null
      and said.action not in ('decision.recorded', 'decision.refused', 'grant.credentials_issued', 'grant.expiry_notified',
        'grant.activating', 'grant.revocation_failed', 'grant.revocation_refused', 'grant.lease_extended', 'grant.extension_failed',
        'grant.extension_refused')
    union all
    select coalesce(moved.action, said.action) || ' of ' || coalesce(moved.times, 0) || ' said ' || coalesce(said.times, 0)
    from moved full join (select * from said where action in ('grant.lease_extended', 'grant.extension_failed')) said
      on said.grant_id = moved.grant_id and said.action = moved.action
    where said.times is distinct from moved.times`
  const ordinary = /^(decision\.|grant\.(credentials_issued|expiry_notified|revocation_))/
  return rows.map(({ what }) => what).filter((what) => !ordinary.test(what))
}

describe('simultaneous actions, crashes and pauses', { timeout: 60_000 * runs }, () => {
  it('every request and grant reaches its end, nothing is left at the target, and all is recorded', async () => {
    const anyLife = fc.asyncProperty(fc.gen(), async (draw) => {
      await live(diceOf(draw))
      const [left] = await world.database.sql`
      select (select count(*)::int from requests where status = 'pending') as pending,
        (select count(*)::int from grants where status not in ('ended', 'revoked', 'cancelled', 'activation_failed')) as live,
        (select count(*)::int from outbox where done_at is null) as undone`
      expect(left).toEqual({ pending: 0, live: 0, undone: 0 })
      expect(await unrecorded()).toEqual([])
    })
    // A run also depends on timing, so it cannot be shrunk.
    await fc.assert(anyLife, { numRuns: runs, endOnFailure: true, ...(seed ? { seed: Number(seed) } : {}) })
  })
})
