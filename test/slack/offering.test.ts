import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import type { Catalog, Entitlement, Resource } from '../../src/domain/catalog.ts'
import type { PolicyEngine } from '../../src/domain/policy.ts'
import { policiesWith } from '../_policies.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
let shipped: PolicyEngine
let small: Catalog
beforeAll(async () => {
  workspace = await openWorkspace()
  shipped = workspace.world.ports.policy
  small = workspace.world.ports.catalog
})
beforeEach(() => {
  Object.assign(workspace.world.ports, { policy: shipped, catalog: small })
  workspace.world.clock.advance(3_601)
})
afterAll(() => workspace.close())

const carl = () => workspace.as('U0CARL')
const openForm = async (who = 'U0CARL') => {
  if (await workspace.as(who).view()) await workspace.as(who).closeView({ all: true })
  await workspace.as(who).command('/request-access', '', { channel: 'C0LOBBY' })
  await formOf(who, /What system/)
}
const formOf = (who: string, words: RegExp) =>
  workspace.client.waitFor(
    async () => {
      const view = await workspace.as(who).view()
      return view && words.test(plainText(view.blocks)) ? view : undefined
    },
    { what: `the form to say ${words}` },
  )
const offered = async (typed = '') =>
  (await carl().suggest('daypass.form.resource', typed)).map(({ value }) => value)

describe('what is not known yet counts as unknown', () => {
  it.each([
    ['a ticket', 'unless { context has ticket }'],
    ['a ticket of one project', 'unless { context has ticket && context.ticket like "INC-*" }'],
    ['a short time', 'when { context.durationSeconds > 900 }'],
    ['a ticket for a long time', 'unless { context has ticket || context.durationSeconds <= 600 }'],
  ])('so the form offers what a policy gives for %s only', async (_what, condition) => {
    const policy = policiesWith(`@id("more") @reason("Only so.")
      forbid (principal, action == Action::"request", resource) ${condition};`)
    Object.assign(workspace.world.ports, { policy })
    await openForm()
    expect(await offered()).toEqual(['orders-db'])
  })

  it.each([
    ['one resource', 'when { resource in Resource::"orders-db" || context.durationSeconds > 0 }'],
    ['guests', 'when { principal.isGuest }'],
  ])('and the form does not offer what a policy forbids for %s', async (_what, condition) => {
    const policy = policiesWith(`@id("more") @reason("Not this.")
      forbid (principal, action == Action::"request", resource) ${condition};`)
    Object.assign(workspace.world.ports, { policy })
    await openForm()
    expect(await offered()).toEqual(['!'])
  })

  it('and what is submitted is judged by what was typed', async () => {
    const policy = policiesWith(`@id("ticket-needed") @reason("Name the incident.")
      forbid (principal, action == Action::"request", resource) unless { context has ticket };`)
    Object.assign(workspace.world.ports, { policy })
    const line = 'orders-db read-orders for 1h because Fixing the totals'
    const refused = await carl().command('/request-access', line, { channel: 'C0LOBBY' })
    expect(JSON.stringify(refused.response)).toContain('Name the incident.')
    await openForm()
    await carl().select('daypass.form.resource', 'orders-db')
    await formOf('U0CARL', /What do you need there/)
    await carl().select('daypass.form.entitlement', 'read-orders')
    await formOf('U0CARL', /Ticket/)
    const answer = await carl().submit({
      'daypass.form.duration': '1h',
      'daypass.form.justification': 'Fixing the totals',
      'daypass.form.ticket': 'INC-42',
    })
    expect(answer).toMatchObject({ result: 'cleared' })
  })

  it('and a field for the ticket is there where a policy looks at it, whatever the catalog says', async () => {
    const orders = small.resources.get('orders-db') as Resource
    const entitlements = new Map(
      [...orders.entitlements].map(([id, entitlement]) => [
        id,
        { ...entitlement, ticket: { pattern: null, required: false } },
      ]),
    )
    const catalog = { ...small, resources: new Map([['orders-db', { ...orders, entitlements }]]) }
    const policy = policiesWith(`@id("ticket-needed") @reason("Name the incident.")
      forbid (principal, action == Action::"request", resource) unless { context has ticket };`)
    Object.assign(workspace.world.ports, { policy, catalog })
    await openForm()
    await carl().select('daypass.form.resource', 'orders-db')
    await formOf('U0CARL', /What do you need there/)
    await carl().select('daypass.form.entitlement', 'read-orders')
    await formOf('U0CARL', /Ticket/)
  })

  it('and a duration that cannot be read is told, not refused for the ticket that was typed', async () => {
    const policy = policiesWith(`@id("ticket-needed") @reason("Name the incident.")
      forbid (principal, action == Action::"request", resource) unless { context has ticket };`)
    Object.assign(workspace.world.ports, { policy })
    await openForm()
    await carl().select('daypass.form.resource', 'orders-db')
    await formOf('U0CARL', /What do you need there/)
    await carl().select('daypass.form.entitlement', 'read-orders')
    await formOf('U0CARL', /Ticket/)
    const answer = await carl().submit({
      'daypass.form.duration': 'soon',
      'daypass.form.justification': 'Fixing the totals',
      'daypass.form.ticket': 'INC-42',
    })
    expect(answer).toMatchObject({ result: 'errors' })
    expect(JSON.stringify(answer.errors)).toContain('is not a duration')
  })
})

describe('typing, with 300 resources of 4 entitlements', () => {
  const judgements = { all: 0, inThisTurn: 0, mostInOneTurn: 0 }
  let everyTurn: NodeJS.Immediate
  const turnBegins = () => {
    judgements.inThisTurn = 0
    everyTurn = setImmediate(turnBegins)
  }
  afterEach(() => clearImmediate(everyTurn))
  beforeEach(() => {
    Object.assign(judgements, { all: 0, mostInOneTurn: 0 })
    turnBegins()
    Object.assign(workspace.world.ports, { policy: counting(shipped), catalog: large(small) })
  })

  /** Counts judgements, and the most that one turn of the event loop held. */
  function counting(policy: PolicyEngine): PolicyEngine {
    const counted =
      <Args extends unknown[], T>(judge: (...args: Args) => T) =>
      (...args: Args): T => {
        judgements.all += 1
        judgements.inThisTurn += 1
        judgements.mostInOneTurn = Math.max(judgements.mostInOneTurn, judgements.inThisTurn)
        return judge(...args)
      }
    return { ...policy, judge: counted(policy.judge), mayOffer: counted(policy.mayOffer) }
  }

  it('judges only what matches, and the same person’s next letters cost nothing', async () => {
    await openForm()
    judgements.all = 0
    expect(await offered('system-29')).toHaveLength(11)
    expect(judgements.all).toBeGreaterThan(0)
    expect(judgements.all).toBeLessThanOrEqual(11 * 4)
    judgements.all = 0
    expect(await offered('system-290')).toEqual(['system-290'])
    expect(judgements.all).toBe(0)
  })

  it('shows a hundred of them without judging the rest', async () => {
    await openForm()
    judgements.all = 0
    expect(await offered()).toHaveLength(100)
    expect(judgements.all).toBeLessThanOrEqual(101 * 4)
  })

  it('of two people at once, who may ask for nothing, leaves the event loop free', async () => {
    const nothing = policiesWith(`@id("nothing") @reason("Nothing.")
      forbid (principal, action == Action::"request", resource);`)
    Object.assign(workspace.world.ports, { policy: counting(nothing) })
    const everybody = ['U0CARL', 'U0DANA']
    for (const userId of everybody) await openForm(userId)
    Object.assign(judgements, { all: 0, mostInOneTurn: 0 })
    const typing = everybody.map((userId) => workspace.as(userId).suggest('daypass.form.resource', ''))
    expect((await Promise.all(typing)).flat().map(({ value }) => value)).toEqual(everybody.map(() => '!'))
    expect(judgements.all).toBe(everybody.length * 1_200)
    expect(judgements.mostInOneTurn).toBeLessThanOrEqual(50)
  })
})

function large(catalog: Catalog): Catalog {
  const [orders] = catalog.resources.values()
  const [read] = orders?.entitlements.values() ?? []
  if (!orders || !read) throw new Error('the base catalog is empty')
  const resource = (number: number): [string, Resource] => {
    const id = `system-${number}`
    const entitlements = Array.from({ length: 4 }, (_, index): [string, Entitlement] => [
      `part-${index}`,
      { ...read, id: `part-${index}`, resourceId: id },
    ])
    return [id, { ...orders, id, name: id, entitlements: new Map(entitlements) }]
  }
  return { ...catalog, resources: new Map(Array.from({ length: 300 }, (_, index) => resource(index))) }
}
