import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkAccount, checkNextAccount } from '../../src/usecases/people/check-accounts.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, teamId, type World, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const active = async (asker = 'U0CARL') => {
  const { id } = await world.ask({ asker: who(asker) })
  await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
  await world.processAll()
  return id
}
const grantOf = async (requestId: string) => (await world.ports.store.histories.byRequest(requestId))?.grant
const inSeconds = (seconds: number) => new Date(world.clock.now().getTime() + seconds * 1000)
/** Checks all that are due. Resolves with the checks that found something. */
const checkAll = async () => {
  const found: string[] = []
  for (;;) {
    const result = await checkNextAccount(world.ports, teamId)
    if (result === 'nobody') return found
    if (result !== 'unchanged') found.push(result)
    world.clock.advance(2)
  }
}

it('an account that was deactivated without an event is offboarded at the next check', async () => {
  const [held, pending] = [await active(), (await world.ask()).id]
  world.directory.change('U0CARL', { isDeactivated: true })
  expect(await checkAll()).toEqual(['offboarded'])
  await world.processAll()
  expect(await grantOf(held)).toMatchObject({ status: 'revoked', revocation: { cause: 'offboarded' } })
  expect((await world.ports.store.histories.byRequest(pending))?.request.status).toBe('cancelled')
})

it('an earlier end of a guest’s account shortens the lease: revoked then, the holder informed, and old notices do nothing', async () => {
  const id = await active()
  world.directory.change('U0CARL', { guestExpiresAt: inSeconds(1200) })
  const end = inSeconds(1200)
  expect(await checkAll()).toEqual(['shortened'])
  await world.processAll()
  expect(await grantOf(id)).toMatchObject({ status: 'active', generation: 2, lease: { endsAt: end } })
  expect(world.channel.said(id)).toContain('requester:lease_shortened')
  world.clock.advance(1198)
  await world.processAll()
  expect(await grantOf(id)).toMatchObject({ status: 'ended', revocation: { cause: 'lease_ended' } })
  const [told] = await world.database.sql`
    select details ->> 'ends_at' as ends_at from audit_events where action = 'grant.lease_shortened'`
  expect(told?.endsAt).toBe(end.toISOString())
})

it('an earlier end that another request has stored also shortens the lease', async () => {
  const id = await active()
  world.directory.change('U0CARL', { guestExpiresAt: inSeconds(1200) })
  await world.ask()
  expect(await checkAll()).toEqual(['shortened'])
  expect(await grantOf(id)).toMatchObject({ generation: 2 })
})

it('an end in the past ends the lease now', async () => {
  const id = await active()
  world.directory.change('U0CARL', { guestExpiresAt: inSeconds(-60) })
  await checkAll()
  await world.processAll()
  expect(await grantOf(id)).toMatchObject({ status: 'ended' })
})

it('all workers together check one account in two seconds, and each account every ten minutes', async () => {
  const asked: string[] = []
  const { account } = world.directory
  world.ports.directory.account = (userId: string) => {
    asked.push(userId)
    return account(userId)
  }
  await active('U0CARL')
  await active('U0FRED')
  await world.ask({ asker: who('U0ERIN') })
  asked.length = 0
  const tick = () => Promise.all(Array.from({ length: 5 }, () => checkNextAccount(world.ports, teamId)))
  await tick()
  expect(asked).toHaveLength(1)
  for (const _ of Array(10)) {
    world.clock.advance(2)
    await tick()
  }
  // Pat is the sponsor of Carl.
  expect(asked.toSorted()).toEqual(['U0CARL', 'U0ERIN', 'U0FRED', 'U0PAT'])
  world.clock.advance(580)
  await tick()
  expect(asked).toHaveLength(5)
})

it('accounts without grant and request, and accounts of another workspace, are not checked', async () => {
  await active()
  await world.database
    .sql`update grants set status = 'revoking', revocation_cause = 'released', revocation_started_at = now()`
  expect(await checkNextAccount(world.ports, 'T0OTHER')).toBe('nobody')
  expect(await checkAccount(world.ports, who('U0DANA'))).toBe('nobody')
  expect(await checkAccount(world.ports, who('U0CARL'))).toBe('unchanged')
})

it('if Slack does not answer, nothing changes, and the check is repeated later', async () => {
  const id = await active()
  world.directory.change('U0CARL', { isDeactivated: true })
  world.directory.state.down = true
  await expect(checkNextAccount(world.ports, teamId)).rejects.toThrow('Slack does not answer')
  expect(await grantOf(id)).toMatchObject({ status: 'active' })
  world.directory.state.down = false
  world.clock.advance(600)
  expect(await checkAll()).toEqual(['offboarded'])
})
