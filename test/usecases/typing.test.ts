import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { PolicyEngine } from '../../src/domain/policy.ts'
import type { Ports } from '../../src/domain/ports.ts'
import { searchResources } from '../../src/usecases/requests/list-requestable.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, usualAsk, type World, who } from '../_world.ts'

let world: World
let ports: Ports
const counts = { offers: 0, judgements: 0 }
beforeAll(async () => {
  world = await openWorld()
})
beforeEach(async () => {
  world.clock.advance(3_600)
  ports = { ...world.ports, policy: counting(world.ports.policy) }
  await letters('U0CARL')
  Object.assign(counts, { offers: 0, judgements: 0 })
})
afterAll(() => world.close())

function counting(policy: PolicyEngine): PolicyEngine {
  return {
    ...policy,
    judge(question) {
      counts.judgements += 1
      return policy.judge(question)
    },
    mayOffer(question) {
      counts.offers += 1
      return policy.mayOffer(question)
    },
  }
}

/** The resources that the form suggests to this person. */
async function letters(userId: string, typed = 'orders'): Promise<string[]> {
  const { found } = await searchResources(ports, { asker: who(userId), typed, most: 100 })
  return found.map(({ id }) => id)
}

it('the next letters are answered from what was judged', async () => {
  world.clock.advance(9)
  expect(await letters('U0CARL', 'ord')).toEqual(['orders-db'])
  expect(counts.offers).toBe(0)
})

it('after ten seconds they are judged anew', async () => {
  world.clock.advance(11)
  expect(await letters('U0CARL')).toEqual(['orders-db'])
  expect(counts.offers).toBe(1)
})

it('another person is judged for themselves', async () => {
  expect(await letters('U0GONE')).toEqual([])
  expect(counts.offers).toBeGreaterThan(0)
})

it('a changed account is judged anew at once', async () => {
  world.directory.change('U0CARL', { isDeactivated: true })
  try {
    expect(await letters('U0CARL')).toEqual([])
    expect(counts.offers).toBeGreaterThan(0)
  } finally {
    world.directory.change('U0CARL', {})
  }
})

it('changed rules judge anew at once', async () => {
  const nothing = policiesWith(`@id("nothing") @reason("Nothing.")
    forbid (principal, action == Action::"request", resource);`)
  ports = { ...ports, policy: counting(nothing) }
  expect(await letters('U0CARL')).toEqual([])
  expect(counts.offers).toBeGreaterThan(0)
})

it('a submitted request is judged anew', async () => {
  expect(await requestAccess(ports, usualAsk())).toMatchObject({ kind: 'submitted' })
  expect(counts.judgements).toBeGreaterThan(0)
})
