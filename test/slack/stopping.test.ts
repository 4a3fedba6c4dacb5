import { describe, expect, it, onTestFinished } from 'vitest'
import { openWorkspace } from './_workspace.ts'

const oneLine = 'orders-db read-orders for 1h because Fixing the totals of INC-42'

describe.each(['http', 'socket'] as const)('over %s, stopping', (mode) => {
  it('finishes what is under way, and takes nothing new', async () => {
    const workspace = await openWorkspace({ mode })
    onTestFinished(() => workspace.close())
    const { world, as, client } = workspace
    await client.fault({ method: 'users.info', kind: 'slow', ms: 500 })
    const asking = as('U0CARL').command('/request-access', oneLine, { channel: 'C0LOBBY' })
    await client.waitFor(async () =>
      (await client.traffic()).entries.some(({ name }) => name === 'users.info'),
    )
    await workspace.stop()
    const everything = { scope: 'any', requesterId: null, resourceIds: null, from: null, to: null } as const
    expect((await world.ports.store.histories.list(everything, { kind: 'page', page: 1 }, 10)).total).toBe(1)
    // Over a socket the answer may find the socket closed; what was submitted stands all the same.
    if (mode === 'http') expect((await asking).ok).toBe(true)
    else await asking
    await expect(fetch(`${workspace.url}/healthz`)).rejects.toThrow()
  })
})

it('over a socket, health is served all the same', async () => {
  const workspace = await openWorkspace({ mode: 'socket' })
  onTestFinished(() => workspace.close())
  expect(await (await fetch(`${workspace.url}/healthz`)).text()).toBe('alive')
  expect((await fetch(`${workspace.url}/slack/events`, { method: 'POST' })).status).toBe(404)
})
