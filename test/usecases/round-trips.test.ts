import { afterAll, beforeAll, expect, it } from 'vitest'
import { claimInteraction } from '../../src/usecases/claim-interaction.ts'
import { adoptCard } from '../../src/usecases/messages/adopt-card.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { openWorld, usualAsk, type World, who } from '../_world.ts'
import { countRoundTrips } from '../db/_round-trips.ts'

let world: World
let counted: Awaited<ReturnType<typeof countRoundTrips>>
beforeAll(async () => {
  world = await openWorld()
  counted = await countRoundTrips(world.databaseUrl)
})
afterAll(async () => {
  await counted.close()
  await world.close()
})

let clicks = 0
/** A request and its approval, each as a click: claimed first. Resolves with the round trips to Postgres of both. */
async function requestAndApprove(): Promise<[number, number]> {
  clicks += 1
  const click = `click ${clicks}`
  const at = { channelId: 'C0ORDERS', ts: String(clicks) }
  const ports = { ...world.ports, store: counted.store }
  let requestId = ''
  const requesting = await counted.during(async () => {
    await claimInteraction(ports, { interactionKey: `${click} requests` })
    const answer = await requestAccess(ports, { ...usualAsk(), submissionKey: click })
    if (answer.kind === 'submitted') requestId = answer.history.request.id
  })
  const card = { subject: { kind: 'request', id: requestId }, purpose: 'card', variant: 0 } as const
  await world.ports.store.transaction((tx) => tx.messages.record(card, at))
  const approving = await counted.during(async () => {
    await claimInteraction(ports, { interactionKey: `${click} approves` })
    await adoptCard(ports, { requestId, at })
    const answer = await decideRequest(ports, {
      by: who('U0ERIN'),
      requestId,
      verdict: 'approve',
      reason: null,
    })
    expect(answer.kind).toBe('recorded')
  })
  return [requesting, approving]
}

it('a click takes at most 5 round trips to Postgres for a request, and 7 for an approval', async () => {
  // Postgres describes each statement once for a connection, which takes more.
  await requestAndApprove()
  const [requesting, approving] = await requestAndApprove()
  expect(requesting).toBeLessThanOrEqual(5)
  expect(approving).toBeLessThanOrEqual(7)
})
