import { afterAll, beforeAll, expect, test } from 'vitest'
import { MessengerError } from '../../src/domain/ports.ts'
import { deliverMessage } from '../../src/usecases/deliver-message.ts'
import { openWorld, type World } from '../_world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

test('a message asked for five times at once is posted once', async () => {
  const { id: requestId } = await world.ask()
  const { deliver } = world.channel
  let posts = 0
  world.ports.messenger.deliver = async (message, at) => {
    if (!at) posts += 1
    // Slack takes its time: the others come meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 100))
    return deliver(message, at)
  }
  await Promise.all(
    Array.from({ length: 5 }, () => deliverMessage(world.ports, { requestId, purpose: 'card' })),
  )
  world.ports.messenger.deliver = deliver
  expect(posts).toBe(1)
})

test('a message that Slack would not take is looked at again, and not for ever once the request is over', async () => {
  const { id: requestId } = await world.ask()
  const error = new MessengerError('not_in_channel', 'Invite me.', { retryable: false })
  world.channel.state.fail = error
  expect(await deliverMessage(world.ports, { requestId, purpose: 'card' })).toMatchObject({
    kind: 'retry',
    error: 'Invite me.',
  })
  world.clock.advance(9 * 3600)
  await world.processAll()
  expect(await deliverMessage(world.ports, { requestId, purpose: 'card' })).toMatchObject({ kind: 'done' })
  world.channel.state.fail = null
})
