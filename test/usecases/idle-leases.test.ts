import { afterEach, beforeEach, expect, it } from 'vitest'
import { ConnectorError } from '../../src/domain/connector.ts'
import { keepLease } from '../../src/usecases/grants/keep-lease.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { offer } from '../_offer.ts'
import { openWorld, type World, who } from '../_world.ts'

let world: World
/** Seconds since the last use, as the target tells it now. */
let used: number | null | Error
beforeEach(async () => {
  world = await openWorld()
  used = null
  offer(world, { idleAfterSeconds: 1800 })
  Object.assign(world.target.connector, {
    lastUsed: async (orders: readonly unknown[]) => {
      if (used instanceof Error) throw used
      return orders.map(() => used)
    },
  })
})
afterEach(() => world.close())

async function lease(duration = '4h') {
  const { id } = await world.ask({ duration })
  await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
  await world.processAll()
  return id
}
async function after(minutes: number) {
  for (let minute = 0; minute < minutes; minute += 5) {
    world.clock.advance(300)
    await world.processAll()
  }
}
const grantOf = async (id: string) => (await world.ports.store.histories.byRequest(id))?.grant
const isAsked = async (id: string) => {
  const grant = await grantOf(id)
  return grant?.status === 'active' ? grant.idleAskedAt !== undefined : grant?.status
}
const keep = (requestId: string, by = 'U0CARL') => keepLease(world.ports, { by: who(by), requestId })

it('a lease that was never used is asked about, and ends without an answer', async () => {
  const id = await lease()
  await after(25)
  expect(await isAsked(id)).toBe(false)
  await after(5)
  expect(await isAsked(id)).toBe(true)
  expect(world.channel.said(id)).toContain('requester:idle')
  expect(world.target.held.size).toBe(1)
  await after(15)
  expect(await grantOf(id)).toMatchObject({ status: 'revoked', revocation: { cause: 'idle', byId: null } })
  expect(world.target.held.size).toBe(0)
})

it('the holder keeps it, and is asked again when it was idle for as long once more', async () => {
  const id = await lease()
  await after(30)
  expect((await keep(id, 'U0GUEST')).kind).toBe('not_yours')
  const answers = await Promise.all([keep(id), keep(id)])
  expect(answers.map(({ kind }) => kind).sort()).toEqual(['kept', 'over'])
  await after(25)
  expect(await isAsked(id)).toBe(false)
  await after(5)
  expect(await isAsked(id)).toBe(true)
  const asked = world.channel.said(id).filter((purpose) => purpose === 'requester:idle')
  expect(asked).toHaveLength(2)
})

it('a use counts, also one that nobody sees any more, and one while the question is open', async () => {
  const id = await lease()
  await after(20)
  used = 60
  await after(5)
  used = null
  await after(25)
  expect(await isAsked(id)).toBe(false)
  await after(10)
  expect(await isAsked(id)).toBe(true)
  used = 0
  await after(15)
  expect(await isAsked(id)).toBe(false)
  // An open session that does nothing is idle.
  used = 1800
  await after(30)
  expect(await isAsked(id)).toBe(true)
})

it('a target that does not answer ends nothing as idle', async () => {
  const id = await lease()
  used = new ConnectorError('unreachable', 'The target does not answer.', { retryable: true })
  await after(60)
  expect(await isAsked(id)).toBe(false)
})

it('nothing is asked where no time is left for an answer', async () => {
  const id = await lease('40m')
  await after(35)
  expect(await isAsked(id)).toBe(false)
  await after(5)
  expect(await grantOf(id)).toMatchObject({ status: 'ended' })
})
