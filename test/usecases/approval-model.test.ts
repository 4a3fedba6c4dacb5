import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApprovalPlan } from '../../src/domain/approval-plan.ts'
import type { Ports } from '../../src/domain/ports.ts'
import type { Store } from '../../src/domain/store.ts'
import { approvalsOf } from '../../src/slack/kit/approvals.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { openWorld, type PersonId, usualAsk, type World, who } from '../_world.ts'

// Random plans, people and orders of clicks, with answers that are lost and processes that die, against the real database. What
// may be granted is computed here anew, by trying every way to give people places. More runs: `APPROVAL_MODEL=300 npx vitest run
// test/usecases/approval-model.test.ts`.

const runs = Number(process.env.APPROVAL_MODEL ?? 12)
const approvers = ['U0DANA', 'U0ERIN', 'U0FRED', 'U0LEAD', 'U0PAT'] as const satisfies readonly PersonId[]
type Approver = (typeof approvers)[number]
/** Pat sponsors Carl, who asks. */
const sponsorId = 'U0PAT'

const names = fc.subarray(['owners', 'sponsor', 'S0DBAS', 'U0DANA', 'U0LEAD'], { minLength: 1, maxLength: 3 })
const need = fc.record({ count: fc.integer({ min: 1, max: 2 }), from: names })
const stages = fc.array(fc.array(need, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 })
const plans: fc.Arbitrary<ApprovalPlan> = fc
  .record({ stages, samePersonInTwoStages: fc.boolean() })
  .map((plan) => ({
    ...plan,
    stages: plan.stages.map((needs, index) => ({ name: `Stage ${index + 1}`, needs })),
    substitutes: null,
  }))
const fates = fc.constantFrom('well', 'well', 'well', 'dies', 'answer lost')
const click = fc.record({
  by: fc.constantFrom(...approvers, 'U0CARL' as const, 'U0GUEST' as const),
  deny: fc.integer({ min: 0, max: 19 }).map((dice) => dice === 0),
  fate: fates,
  /** Made at the same time as the one before. */
  together: fc.boolean(),
})
const lives = fc.record({
  plan: plans,
  owners: fc.subarray(['U0DANA', 'U0ERIN', 'S0DBAS'], { minLength: 1 }),
  group: fc.subarray([...approvers]),
  clicks: fc.array(click, { maxLength: 10 }),
})
type Life = typeof lives extends fc.Arbitrary<infer T> ? T : never

describe.each([
  ['one account each', []],
  ['two approvers are one person', ['U0DANA', 'U0ERIN']],
  ['an approver is the requester’s second account', ['U0CARL', 'U0DANA']],
] as const)('%s', (_, onePerson) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
    for (const userId of onePerson) world.directory.change(userId, { confirmedEmail: 'same@acme.test' })
  })
  afterAll(() => world.close())

  const isNamedTwice =
    onePerson.every((userId) => (approvers as readonly string[]).includes(userId)) && onePerson.length > 0
  const personOf = (userId: string) => ((onePerson as readonly string[]).includes(userId) ? 'both' : userId)

  it('no order of clicks grants what the plan forbids, and none ends where everybody is willing but stuck', async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (life) => {
        prepare(world, life)
        const asked = await requestAccess(world.ports, { ...usualAsk(), submissionKey: randomUUID() })
        const everybody = approvers.filter((userId) => personOf(userId) !== personOf('U0CARL'))
        const isPossible = mayComplete(life, everybody, personOf)
        if (asked.kind !== 'submitted') {
          expect(isPossible).toBe(false)
          return
        }
        const { id } = asked.history.request
        for (const together of grouped(life.clicks)) {
          const stage = await shownStage(world, id)
          await Promise.allSettled(
            together.map(({ by, deny, fate }) =>
              decideRequest(doomed(world.ports, fate), {
                by: who(by),
                requestId: id,
                verdict: deny ? 'deny' : 'approve',
                reason: deny ? 'not now' : null,
                stage,
              }),
            ),
          )
          await expectLawful(world, id, life, personOf)
        }
        for (let round = 0; round < 7; round += 1) {
          for (const by of approvers)
            await decideRequest(world.ports, {
              by: who(by),
              requestId: id,
              verdict: 'approve',
              reason: null,
              stage: await shownStage(world, id),
            })
        }
        const history = await expectLawful(world, id, life, personOf)
        if (history.request.status === 'denied') return
        if (!isPossible) expect(history.request.status).toBe('pending')
        // An approver whose second account a later stage names may have approved an earlier one: then nobody is left for the later.
        else if (!isNamedTwice) expect(history.request.status).toBe('approved')
      }),
      { numRuns: runs },
    )
  }, 120_000)
})

function prepare(world: World, { plan, owners, group }: Life): void {
  const { catalog } = world.ports
  const resource = catalog.resources.get('orders-db')
  const entitlement = resource?.entitlements.get('read-orders')
  if (!resource || !entitlement) throw new Error('no such entitlement')
  const changed = { ...entitlement, approvals: plan, approvers: owners }
  const entitlements = new Map([...resource.entitlements, ['read-orders', changed]])
  const defaults = { ...catalog.defaults, requestsPerHour: 10_000 }
  const resources = new Map([['orders-db', { ...resource, entitlements }]])
  Object.assign(world.ports, { catalog: { ...catalog, defaults, resources } })
  world.directory.groups.set('S0DBAS', new Set(group))
}

/** The stage in the buttons of the card. */
async function shownStage({ ports }: World, id: string): Promise<number> {
  const history = await ports.store.histories.byRequest(id)
  return history ? (approvalsOf(history, ports.catalog).open?.index ?? 0) : 0
}

/** Clicks that are made at the same time. */
function grouped(clicks: Life['clicks']): Life['clicks'][] {
  const groups: Life['clicks'][] = []
  for (const one of clicks) {
    const last = groups.at(-1)
    if (one.together && last) last.push(one)
    else groups.push([one])
  }
  return groups
}

/** Ports of a process that dies before its commit, or whose answer is lost after it. */
function doomed(ports: Ports, fate: 'well' | 'dies' | 'answer lost'): Ports {
  if (fate === 'well') return ports
  const transaction: Store['transaction'] = async (work) => {
    await ports.store.transaction(async (tx) => {
      const result = await work(tx)
      if (fate === 'dies') throw new Error('the process died')
      return result
    })
    throw new Error('the answer was lost')
  }
  return { ...ports, store: { ...ports.store, transaction } }
}

/** I2: a grant exists only if distinct people, none of them the requester, fill every place of the plan. */
async function expectLawful(world: World, id: string, life: Life, personOf: (userId: string) => string) {
  const history = await world.ports.store.histories.byRequest(id)
  if (!history) throw new Error('no history')
  const approved = history.decisions.filter(({ verdict }) => verdict === 'approve')
  const userIds = approved.map(({ approver }) => approver.userId)
  for (const userId of userIds) {
    expect(approvers).toContain(userId)
    expect(personOf(userId)).not.toBe(personOf('U0CARL'))
  }
  if (!life.plan.samePersonInTwoStages) expect(new Set(userIds.map(personOf)).size).toBe(userIds.length)
  expect(history.grant !== null).toBe(history.request.status === 'approved')
  if (history.grant) expect(mayComplete(life, userIds as Approver[], personOf)).toBe(true)
  return history
}

/** Whether these people could fill all places, tried one by one. */
function mayComplete(
  { plan, owners, group }: Life,
  people: readonly Approver[],
  personOf: (id: string) => string,
): boolean {
  const isIn = (userId: string, name: string): boolean => {
    if (name === 'owners') return owners.some((owner) => isIn(userId, owner))
    if (name === 'sponsor') return personOf(userId) === personOf(sponsorId)
    if (name === 'S0DBAS') return (group as readonly string[]).includes(userId)
    return userId === name
  }
  const places = plan.stages.flatMap(({ needs }, stage) =>
    needs.flatMap(({ count, from }) => Array.from({ length: count }, () => ({ stage, from }))),
  )
  const fill = (index: number, used: readonly string[]): boolean => {
    const place = places[index]
    if (!place) return true
    return people.some((userId) => {
      const key = plan.samePersonInTwoStages ? `${place.stage} ${personOf(userId)}` : personOf(userId)
      if (used.includes(key) || !place.from.some((name) => isIn(userId, name))) return false
      return fill(index + 1, [...used, key])
    })
  }
  return fill(0, [])
}
