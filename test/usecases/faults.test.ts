import { afterAll, beforeAll, expect, it } from 'vitest'
import { diagnoseFaults } from '../../src/usecases/diagnose.ts'
import { revokeGrants } from '../../src/usecases/grants/revoke-grant.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

it('each failed revocation is logged as a fault, counted, and reported by doctor', async () => {
  const { id: requestId } = await world.ask()
  await decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })
  await world.processAll()
  const grant = (await world.ports.store.histories.byRequest(requestId))?.grant
  if (!grant) throw new Error('no grant')
  expect(diagnoseFaults(await world.ports.store.faults())).toMatchObject({ ok: true })
  world.clock.advance(3600)
  world.target.breakDown(true)
  const order = { grantId: grant.id, generation: grant.generation }
  for (const attempts of [1, 2, 3]) {
    const [outcome] = await Promise.all(revokeGrants(world.ports, [order]))
    expect(outcome?.fault).toEqual({
      message: 'a revocation failed, so access may still be open',
      code: 'unreachable',
      problem: expect.stringMatching(/^The target does not answer\. .*cut it off at the target by hand/),
      about: {
        grantId: grant.id,
        requestId,
        resourceId: 'orders-db',
        entitlementId: 'read-orders',
        attempts,
      },
    })
  }
  const faults = await world.ports.store.faults()
  expect(faults).toEqual({ failedRevocations: 1, undeliveredMessages: 0 })
  expect(diagnoseFaults(faults)).toMatchObject({
    ok: false,
    problems: [{ what: expect.stringContaining('may still be open') }],
  })
})
