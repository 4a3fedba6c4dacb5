import { afterEach, beforeEach, expect, it } from 'vitest'
import { requestMessage } from '../../src/domain/message.ts'
import { MessengerError } from '../../src/domain/messenger.ts'
import { renderMessage } from '../../src/slack/messages/render-message.ts'
import { deliverMessage } from '../../src/usecases/messages/deliver-message.ts'
import { openWorld, type World } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

/** The present text of the message. */
const textOf = (requestId: string, purpose: string): string => {
  const message = world.channel.latest(requestId, purpose)
  return message ? JSON.stringify(renderMessage(message, world.ports.catalog)) : 'nothing'
}

it('a message that is ordered five times at once is posted once', async () => {
  const { id: requestId } = await world.ask()
  const { deliver } = world.channel
  let posts = 0
  world.ports.messenger.deliver = async (message, at) => {
    if (!at) posts += 1
    // Slack answers slowly, so that the other deliveries arrive meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 100))
    return deliver(message, at)
  }
  await Promise.all(
    Array.from({ length: 5 }, () => deliverMessage(world.ports, requestMessage(requestId, 'card'))),
  )
  expect(posts).toBe(1)
})

it('a message that Slack refuses is retried, until its request is over', async () => {
  const { id: requestId } = await world.ask()
  const error = new MessengerError('not_in_channel', 'Invite me.', { retryable: false })
  world.channel.state.fail = error
  expect(await deliverMessage(world.ports, requestMessage(requestId, 'card'))).toMatchObject({
    kind: 'retry',
    error: 'Invite me.',
  })
  world.clock.advance(9 * 3600)
  await world.processAll()
  expect(await deliverMessage(world.ports, requestMessage(requestId, 'card'))).toMatchObject({ kind: 'done' })
})

it('a card that Slack refuses with a 403 is reported to the requester, and once for the channel to security; so is its repair', async () => {
  const error = new MessengerError('http_403', 'Slack answered with HTTP 403.', { retryable: false })
  const { deliver } = world.channel
  let broken = true
  world.ports.messenger.deliver = async (message, at) => {
    if (broken && message.purpose === 'card') throw error
    return deliver(message, at)
  }
  const first = await world.ask()
  const second = await world.ask()
  await world.processAll()
  expect(textOf(first.id, 'requester:submitted')).toContain('the owners could not be reached')
  expect(textOf(second.id, 'requester:submitted')).toContain('the owners could not be reached')
  const security = () =>
    [first.id, second.id].map((id) => textOf(id, 'security:undelivered')).filter((it) => it !== 'nothing')
  expect(security()).toEqual([expect.stringContaining('HTTP 403')])
  expect(await world.ports.store.faults()).toMatchObject({ undeliveredMessages: 2 })

  broken = false
  world.clock.advance(60)
  await world.processAll()
  expect(textOf(second.id, 'requester:submitted')).toContain('is with the owners')
  expect(security()).toEqual([expect.stringContaining('is posted now')])
  expect(await world.ports.store.faults()).toMatchObject({ undeliveredMessages: 0 })
  world.ports.messenger.deliver = deliver
})

it('no message says that the owners have the card before it is posted', async () => {
  const { id: requestId } = await world.ask()
  await deliverMessage(world.ports, requestMessage(requestId, 'requester:submitted'))
  expect(textOf(requestId, 'requester:submitted')).toContain('on its way to the owners')
  await world.processAll()
  expect(textOf(requestId, 'requester:submitted')).toContain('is with the owners')
})

it('a card that Slack delays for a minute counts as undelivered', async () => {
  const { id: requestId } = await world.ask()
  const busy = { retryable: true, retryAfterSeconds: 30 }
  world.channel.state.fail = new MessengerError('ratelimited', 'Slack asked for a pause of 30 s.', busy)
  await deliverMessage(world.ports, requestMessage(requestId, 'card'))
  expect(await world.ports.store.faults()).toMatchObject({ undeliveredMessages: 0 })
  world.clock.advance(60)
  await deliverMessage(world.ports, requestMessage(requestId, 'card'))
  expect(await world.ports.store.faults()).toMatchObject({ undeliveredMessages: 1 })
  world.channel.state.fail = null
  await world.processAll()
  expect(await world.ports.store.faults()).toMatchObject({ undeliveredMessages: 0 })
})

it('a message to security that fails is only logged', async () => {
  world.channel.state.fail = new MessengerError('not_in_channel', 'Invite me.', { retryable: false })
  const { id: requestId } = await world.ask()
  const outcome = await deliverMessage(world.ports, requestMessage(requestId, 'card'))
  expect(outcome.fault).toEqual({
    message: 'a message could not be delivered',
    code: 'not_in_channel',
    problem: 'Invite me.',
    about: { requestId, purpose: 'card', channelId: 'C0ORDERS' },
  })
})
