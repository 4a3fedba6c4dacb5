import { WebAPIPlatformError } from '@slack/web-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requestMessage } from '../../src/domain/message.ts'
import { MessengerError } from '../../src/domain/messenger.ts'
import { explainSlackError } from '../../src/slack/api/slack-error.ts'
import { submittedSentence } from '../../src/slack/features/request/answers.ts'
import { renderMessage } from '../../src/slack/messages/render-message.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { revokeNow } from '../../src/usecases/grants/revoke-now.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { openWorld, usualAsk, type World, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const approve = (requestId: string, userId = 'U0DANA') =>
  decideRequest(world.ports, { by: who(userId), requestId, verdict: 'approve', reason: null })

/** The present text of the message. */
const textOf = (requestId: string, purpose: string): string => {
  const message = world.channel.latest(requestId, purpose)
  return message ? JSON.stringify(renderMessage(message, world.ports.catalog)) : 'nothing'
}

/** A request with an active grant, whose messages are all delivered. */
async function active(): Promise<string> {
  const { id } = await world.ask()
  await approve(id)
  await world.processAll()
  return id
}
const standing = async (requestId: string, purpose: string) => {
  const messages = await world.ports.store.transaction((tx) =>
    tx.messages.list([{ kind: 'request', id: requestId }]),
  )
  return messages.filter((message) => message.purpose === purpose)
}

it('a deleted card is posted again once, and the new card is edited', async () => {
  const requestId = await active()
  const [deleted] = await standing(requestId, 'card')
  const { deliver } = world.channel
  world.channel.deliver = (message, at) => deliver(message, at?.ts === deleted?.ts ? null : at)
  const { posts } = world.channel.state
  await releaseGrant(world.ports, { by: who('U0CARL'), requestId })
  for (let redraw = 0; redraw < 3; redraw += 1) {
    await world.ports.store.transaction((tx) =>
      tx.outbox.add({ kind: 'deliver_message', ...requestMessage(requestId, 'card') }, world.clock.now()),
    )
    await world.processAll()
  }
  const cards = await standing(requestId, 'card')
  expect(cards).toHaveLength(1)
  expect(cards[0]?.ts).not.toBe(deleted?.ts)
  // The new card, and two messages about the end of the access.
  expect(world.channel.state.posts - posts).toBe(3)
})

it('I7: during the retry of a failed revocation, no message says that all is well', async () => {
  const requestId = await active()
  world.clock.advance(3600)
  world.target.breakDown(true)
  await world.processAll()
  const { connector } = world.target
  const drawn: string[] = []
  connector.revoke = async () => {
    for (const purpose of ['card', 'security:revocation_failed'] as const) {
      const history = await world.ports.store.histories.byRequest(requestId)
      if (!history) throw new Error('no history')
      expect(history.grant?.status).toBe('revoking')
      const message = {
        purpose,
        history,
        card: null,
        channelId: 'C0ORDERS',
        undelivered: [],
        now: world.clock.now(),
      }
      drawn.push(renderMessage(message, world.ports.catalog).text)
    }
    throw world.target.state.broken
  }
  world.clock.advance(1)
  await world.processAll()
  expect(drawn).toHaveLength(2)
  for (const text of drawn) expect(text).toContain('ACCESS MAY STILL BE OPEN')
})

/** Text that offers or promises access. */
const promises = /you have|left:|Show credentials|I'm done/

it('I7: while a revocation fails, no message to the holder offers the access', async () => {
  const requestId = await active()
  world.clock.advance(2_700)
  await world.processAll()
  expect(textOf(requestId, 'requester:active')).toMatch(promises)
  expect(textOf(requestId, 'requester:expiry_notice')).toMatch(promises)
  world.clock.advance(900)
  world.target.breakDown(true)
  await world.processAll()
  for (const purpose of ['requester:active', 'requester:expiry_notice']) {
    expect(textOf(requestId, purpose)).toContain('Removing it takes longer')
    expect(textOf(requestId, purpose)).not.toMatch(promises)
  }
})

it('I7: an expiry notice is edited after a release', async () => {
  const requestId = await active()
  world.clock.advance(2_700)
  await world.processAll()
  await releaseGrant(world.ports, { by: who('U0CARL'), requestId })
  await world.processAll()
  expect(textOf(requestId, 'requester:expiry_notice')).not.toMatch(promises)
})

it.each([
  [899, 'About 15m left'],
  [301, 'About 5m left'],
  [59, 'Less than a minute left'],
  [0.9, 'Less than a minute left'],
])('I7: a notice that comes %s seconds before the end says that: %s', async (seconds, expected) => {
  const requestId = await active()
  world.clock.advance(3_600 - seconds)
  await world.processAll()
  expect(textOf(requestId, 'requester:expiry_notice')).toContain(expected)
})

it('I7: a message that is edited after the end of the lease, before the revocation starts, offers nothing', async () => {
  const requestId = await active()
  const history = await world.ports.store.histories.byRequest(requestId)
  if (!history) throw new Error('no history')
  world.clock.advance(3_601)
  const now = world.clock.now()
  for (const purpose of ['requester:active', 'requester:expiry_notice'] as const) {
    const message = { purpose, history, card: null, channelId: null, undelivered: [], now }
    expect(JSON.stringify(renderMessage(message, world.ports.catalog))).not.toMatch(promises)
  }
})

it('I7: the answer to a repeated submission shows the present state', async () => {
  const ask = usualAsk()
  const first = await requestAccess(world.ports, ask)
  if (first.kind !== 'submitted') throw new Error(first.kind)
  expect(submittedSentence(first.history)).toContain('Asked.')
  const { id } = first.history.request
  await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'deny', reason: 'No.' })
  const again = await requestAccess(world.ports, ask)
  if (again.kind !== 'submitted') throw new Error(again.kind)
  expect(submittedSentence(again.history)).toMatch(/denied by <@U0DANA>/)
  expect(submittedSentence(again.history)).not.toMatch(/Approved|set up/)
})

it('I7: the answer to a repeated submission does not call an approval by people an approval by rule', async () => {
  const ask = usualAsk()
  const first = await requestAccess(world.ports, ask)
  if (first.kind !== 'submitted') throw new Error(first.kind)
  await approve(first.history.request.id)
  const again = await requestAccess(world.ports, ask)
  if (again.kind !== 'submitted') throw new Error(again.kind)
  expect(submittedSentence(again.history)).toMatch(/approved by <@U0DANA>/)
  expect(submittedSentence(again.history)).not.toContain('by a rule')
})

it('I7: after a revocation before activation, no message promises access', async () => {
  const { id } = await world.ask()
  await world.processAll()
  await approve(id)
  world.target.breakDown(true)
  await world.processAll()
  expect(textOf(id, 'requester:submitted')).toContain('I will tell you when it is open')
  await revokeNow(world.ports, { by: who('U0LEAD'), requestId: id, reason: 'an incident' })
  world.target.mend()
  world.clock.advance(60)
  await world.processAll()
  expect(textOf(id, 'requester:submitted')).not.toContain('I will tell you')
  expect(textOf(id, 'requester:ended')).toContain('took it back early')
})

it('I7: the message about the approval is edited when access is active', async () => {
  const { id } = await world.ask()
  await world.processAll()
  await approve(id)
  world.target.breakDown(true)
  await world.processAll()
  world.target.mend()
  world.clock.advance(60)
  await world.processAll()
  expect(textOf(id, 'requester:submitted')).not.toContain('is being set up')
})

describe('undelivered messages:', () => {
  it('after an invalid token, they are delivered when it is valid, even if the request is over', async () => {
    const requestId = await active()
    const trouble = explainSlackError(new WebAPIPlatformError({ ok: false, error: 'token_revoked' }))
    world.channel.state.fail = new MessengerError(trouble.code, trouble.message, trouble)
    await releaseGrant(world.ports, { by: who('U0CARL'), requestId })
    await processThoughFailing()
    expect((await world.ports.store.histories.byRequest(requestId))?.grant?.status).toBe('revoked')
    world.channel.state.fail = null
    world.clock.advance(301)
    await world.processAll()
    expect(world.channel.latest(requestId, 'card')?.history.grant?.status).toBe('revoked')
    expect(world.channel.said(requestId)).toContain('requester:ended')
  })

  it('below a card that cannot be posted, they are not retried every two seconds for hours', async () => {
    const { deliver } = world.channel
    const away = new MessengerError('not_in_channel', 'Invite it.', { retryable: false })
    world.channel.deliver = async (message, at) => {
      if (message.purpose === 'card') throw away
      return deliver(message, at)
    }
    const { id } = await world.ask()
    for (let minute = 0; minute < 30; minute += 1) {
      for (let tick = 0; tick < 30; tick += 1) {
        world.clock.advance(2)
        await world.processAll()
      }
    }
    const rows = await world.database.sql<{ attempts: number }[]>`
      select attempts from outbox where effect ->> 'purpose' = 'thread:reminder' and effect -> 'subject' ->> 'id' = ${id}`
    expect(rows[0]?.attempts).toBeLessThan(60)
    world.channel.deliver = deliver
    world.clock.advance(300)
    await world.processAll()
    world.clock.advance(300)
    await world.processAll()
    expect(world.channel.said(id)).toEqual(expect.arrayContaining(['card', 'thread:reminder']))
  }, 60_000)
})

/** Ignores errors, because here no worker retries. */
async function processThoughFailing(): Promise<void> {
  for (let failures = 0; failures < 20; failures += 1) {
    try {
      return await world.processAll()
    } catch {
      world.clock.advance(1)
    }
  }
}
