import { expect, it } from 'vitest'
import { makeHistory } from '../../demo/history.ts'
import type { Actor } from '../../sandbox/client.ts'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleMessage } from '../../sandbox/types.ts'
import { startTarget, startWorld, textOf } from './_daypass.ts'

it('the demo begins with a history in the Home tabs and in /audit', async () => {
  const target = await startTarget()
  const world = await startWorld(target)
  try {
    await makeHistory(world.slack)
    const sam = world.as('sam')
    const audit = async (text: string) => {
      const { response } = await sam.command('/audit', text, { channel: 'C0SECURITY' })
      return textOf(response as VisibleMessage | undefined)
    }
    await world.client.waitFor(async () => (await audit('')).includes('AR-1005'), { what: 'active access' })
    const carlas = await audit('@carla')
    for (const state of ['revoked', 'denied', 'cancelled']) expect(carlas).toContain(state)

    const homeOf = async (actor: Actor, part: string) => {
      await actor.openHome()
      await world.client.waitFor(async () => plainText((await actor.home())?.blocks ?? []).includes(part), {
        timeoutMs: 15_000,
        what: `${part} in the Home tab`,
      })
    }
    await homeOf(world.as('carla'), 'Your requests that are over (3)')
    await homeOf(world.as('erin'), 'Waits for your decision (1)')
    await homeOf(sam, 'Active on your systems (1)')
    expect((await world.client.traffic()).violations).toEqual([])
  } finally {
    await world.close()
    await target.close()
  }
}, 60_000)
