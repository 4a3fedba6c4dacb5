import { afterEach, beforeEach, expect, it } from 'vitest'
import { ConnectorError } from '../../src/domain/connector.ts'
import { runGroup } from '../../src/jobs/run-group.ts'
import type { EffectOutcome } from '../../src/usecases/_shared/effect-outcome.ts'
import { activateGrant } from '../../src/usecases/grants/activate-grant.ts'
import { offboardAccount } from '../../src/usecases/people/offboard-account.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, silent, type World, who } from '../_world.ts'

// Two processes activate one grant when the first outlives its hold. The target answers each of them at another time.

let world: World
let requestId: string
let grantId: string
beforeEach(async () => {
  world = await openWorld()
  requestId = (await world.ask()).id
  await decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })
  grantId = (await grant())?.id ?? ''
})
afterEach(() => world.close())

const grant = async () => (await world.ports.store.histories.byRequest(requestId))?.grant
const refused = new ConnectorError('permission', 'The admin user may not do this.', { retryable: false })

async function takeActivation() {
  const [entry] = await world.take(['activate_grant'])
  if (!entry) throw new Error('nothing to activate')
  return entry
}

it('the remains of a refused activation are removed, even if the grant was revoked meanwhile and the target then fails', async () => {
  const { connector, held } = world.target
  const grantAt = connector.grant
  connector.grant = async (access) => {
    await offboardAccount(world.ports, who('U0CARL'))
    await world.processAll()
    await grantAt(access)
    world.target.breakDown(true)
    throw refused
  }
  const entry = await takeActivation()
  const outcome = await activateGrant(world.ports, { grantId })
  if (outcome.kind === 'done')
    await world.outbox.done([{ ...entry, result: outcome.result }], world.clock.now())
  else await world.outbox.retry(entry, outcome.at, outcome.error)
  expect(await grant()).toMatchObject({ status: 'revoked' })
  expect(held.size).toBe(1)
  world.target.mend()
  world.clock.advance(60)
  await world.processAll()
  expect(held.size).toBe(0)
})

it('a grant that another worker activated is not active after a refused activation has removed its access', async () => {
  const { connector } = world.target
  const grantAt = connector.grant
  connector.grant = async () => {
    connector.grant = grantAt
    world.clock.advance(31)
    await world.processAll()
    expect(await grant()).toMatchObject({ status: 'active' })
    throw refused
  }
  await takeActivation()
  await activateGrant(world.ports, { grantId })
  await world.processAll()
  expect(world.target.held.size).toBe(0)
  expect(await grant()).toMatchObject({ status: 'revoked', revocation: { cause: 'activation_failed' } })
  expect(world.channel.said(requestId)).toContain('requester:activation_failed')
})

it('access that appears after another worker ended the lease is removed, even if it appears late', async () => {
  const { connector, held } = world.target
  const grantAt = connector.grant
  connector.grant = async (access) => {
    connector.grant = grantAt
    world.clock.advance(31)
    await world.processAll()
    world.clock.advance(3600)
    await world.processAll()
    expect(await grant()).toMatchObject({ status: 'ended' })
    const evidence = await grantAt(access)
    world.target.breakDown(true)
    return evidence
  }
  const entry = await takeActivation()
  const outcome = await activateGrant(world.ports, { grantId })
  if (outcome.kind === 'done')
    await world.outbox.done([{ ...entry, result: outcome.result }], world.clock.now())
  else await world.outbox.retry(entry, outcome.at, outcome.error)
  expect(held.size).toBe(1)
  for (let tries = 0; tries < 3; tries += 1) {
    world.clock.advance(60)
    await world.processAll()
  }
  world.target.mend()
  world.clock.advance(60)
  await world.processAll()
  expect(held.size).toBe(0)
})

it('a worker that outlived its hold does not close the entry of the present holder', async () => {
  const { connector, held } = world.target
  const [grantAt, revokeAt] = [connector.grant, connector.revoke]
  const perform = async (activate: () => Promise<EffectOutcome>) => {
    const effect = {
      kind: 'activate_grant',
      queue: 'activate' as const,
      longestBackoffSeconds: 300,
      run: () => [activate()],
    }
    const ports = { outbox: world.outbox, clock: world.clock, log: silent }
    const entries = [await takeActivation()]
    await runGroup(ports, { effect, entries, context: { probing: false }, by: 'sweep' })
  }
  const activate = () => activateGrant(world.ports, { grantId })
  let second: Promise<void> = Promise.resolve()
  let seeRefusal = () => {}
  const refusalSeen = new Promise<void>((resolve) => {
    seeRefusal = resolve
  })
  connector.grant = async () => {
    throw refused
  }
  connector.revoke = async (access) => {
    connector.revoke = revokeAt
    const removed = await revokeAt(access)
    // The hold of the first ends here, and the second starts.
    world.clock.advance(31)
    connector.grant = async (again) => {
      await refusalSeen
      const evidence = await grantAt(again)
      world.target.breakDown(true)
      return evidence
    }
    let begun = () => {}
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve
    })
    second = perform(() => {
      const outcome = activate()
      setTimeout(begun, 200)
      return outcome
    })
    await hasBegun
    return removed
  }
  await perform(activate)
  expect(await grant()).toMatchObject({ status: 'activation_failed' })
  seeRefusal()
  await second
  expect(held.size).toBe(1)
  world.target.mend()
  world.clock.advance(60)
  await world.processAll()
  expect(held.size).toBe(0)
})
