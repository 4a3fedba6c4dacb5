import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { VisibleMessage } from '../../sandbox/types.ts'
import { MessengerError, type OutgoingMessage } from '../../src/domain/messenger.ts'
import { historiesOf, at as minute } from './_histories.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
beforeAll(async () => {
  workspace = await openWorkspace()
})
beforeEach(() => workspace.client.clearFaults())
afterAll(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.close()
  expect(violations).toEqual([])
})

const deliver = (
  changes: Partial<OutgoingMessage> & { state?: string },
  at: Parameters<Workspace['world']['ports']['messenger']['deliver']>[1] = null,
) => {
  const { state = 'pending', ...rest } = changes
  const history = historiesOf()[state]
  if (!history) throw new Error(`no history is ${state}`)
  const message = {
    purpose: 'card' as const,
    history,
    card: null,
    channelId: 'C0ORDERS',
    undelivered: [],
    now: minute(1),
    ...rest,
  }
  return workspace.world.ports.messenger.deliver(message, at)
}
const failure = async (delivery: Promise<unknown>) => {
  const error = await delivery.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof MessengerError)) throw new Error(`not a MessengerError: ${error}`)
  const { code, retryable, retryAfterSeconds, message } = error
  return { code, retryable, retryAfterSeconds, message }
}
const standing = async (ts: string): Promise<VisibleMessage | undefined> =>
  (await workspace.as('U0DANA').messages('C0ORDERS')).find((message) => message.ts === ts)

describe('the messenger', () => {
  it('posts once, then edits, with ids only in the metadata', async () => {
    const at = await deliver({})
    expect((await standing(at.ts))?.text).toContain('Waiting for approval')
    expect(await deliver({ state: 'active' }, at)).toEqual(at)
    const message = await standing(at.ts)
    expect(message?.text).toContain('Access is active')
    expect(message?.metadata).toEqual({
      event_type: 'daypass_message',
      event_payload: { request_id: expect.any(String), purpose: 'card' },
    })
  })

  it('answers in the thread of the card', async () => {
    const card = await deliver({})
    const at = await deliver({ purpose: 'thread:active', state: 'active', card })
    expect((await standing(at.ts))?.threadTs).toBe(card.ts)
    expect(await failure(deliver({ purpose: 'thread:active', state: 'active' }))).toMatchObject({
      code: 'no_card',
      retryable: true,
    })
  })

  it('writes to the requester in direct messages, opening each once', async () => {
    await workspace.client.clearTraffic()
    await deliver({ purpose: 'requester:submitted', channelId: null })
    await deliver({ purpose: 'requester:active', state: 'active', channelId: null })
    const { entries } = await workspace.client.traffic()
    expect(entries.filter(({ name }) => name === 'conversations.open').length).toBeLessThanOrEqual(1)
    expect((await workspace.as('U0CARL').directMessages()).at(-1)?.text).toContain('you have')
  })

  it('posts anew what is gone', async () => {
    const at = await deliver({}, { channelId: 'C0ORDERS', ts: '1.000100' })
    expect(at.ts).not.toBe('1.000100')
    expect(await standing(at.ts)).toBeDefined()
  })

  it('does not post where another organisation reads', async () => {
    const { code, retryable, message } = await failure(deliver({ channelId: 'C0PARTNER' }))
    expect({ code, retryable }).toEqual({ code: 'externally_shared', retryable: false })
    expect(message).toContain('Name a channel of your own workspace')
  })

  it.each([
    ['C0LOBBY', 'not_in_channel', 'Invite it there'],
    ['C0NOWHERE', 'channel_not_found', 'Check the id in the catalog'],
  ])('says what to do about %s (%s)', async (channelId, code, words) => {
    expect(await failure(deliver({ channelId }))).toMatchObject({
      code,
      retryable: false,
      message: expect.stringContaining(words),
    })
  })

  it.each([
    ['rate_limited', { code: 'ratelimited', retryable: true, retryAfterSeconds: 7 }],
    ['server_error', { code: 'http_500', retryable: true, retryAfterSeconds: null }],
    ['reset', { code: 'unreachable', retryable: true, retryAfterSeconds: null }],
    ['lost_response', { code: 'unreachable', retryable: true, retryAfterSeconds: null }],
  ] as const)('tries nothing again by itself: %s', async (kind, expected) => {
    await deliver({})
    await workspace.client.clearTraffic()
    await workspace.client.fault({ method: 'chat.postMessage', kind, retryAfter: 7, times: 3 })
    expect(await failure(deliver({}))).toMatchObject(expected)
    const { entries } = await workspace.client.traffic()
    expect(entries.filter(({ name }) => name === 'chat.postMessage').length).toBe(1)
  })
})

describe.each([
  { scopes: ['channels:history', 'groups:history'], copies: 1 },
  { scopes: [], copies: 2 },
])('a card whose answer was lost, with the scopes $scopes', ({ scopes, copies }) => {
  it(`stands ${copies} times once it is delivered again`, async () => {
    const other = await openWorkspace({ moreScopes: scopes })
    const { pending } = historiesOf()
    if (!pending) throw new Error('no story is pending')
    const request = { ...pending.request, id: randomUUID(), submittedAt: new Date() }
    const card = {
      purpose: 'card' as const,
      history: { ...pending, request },
      card: null,
      channelId: 'C0ORDERS',
      undelivered: [],
      now: new Date(),
    }
    const { messenger } = other.world.ports
    await other.client.fault({ method: 'chat.postMessage', kind: 'lost_response' })
    await expect(messenger.deliver(card, null)).rejects.toThrow('did not answer in time')
    const at = await messenger.deliver(card, null)
    const standing = await other.as('U0DANA').messages('C0ORDERS')
    expect(standing).toHaveLength(copies)
    expect(standing.at(-1)?.ts).toBe(at.ts)
    await other.close()
  })
})
