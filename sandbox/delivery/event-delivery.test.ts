import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { asObject } from '../json.ts'
import { deliveryWorld, here, kinds } from './_delivery-world.ts'

describe('event retries', () => {
  it('tries again with number and reason until it is acknowledged', async () => {
    let left = 2
    const { app, client } = await deliveryWorld(
      () => (left-- > 0 ? { status: 500 } : {}),
      {},
      { eventRetriesMs: [0, 10, 20] },
    )
    await client.updateUser('U0MAX', { realName: 'Max' })
    await client.waitFor(() => app.received.length === 3)
    const retries = app.received.map(({ headers }) => [
      headers['x-slack-retry-num'],
      headers['x-slack-retry-reason'],
    ])
    expect(retries).toEqual([
      [undefined, undefined],
      ['1', 'http_error'],
      ['2', 'http_error'],
    ])
    const ids = new Set(app.received.map(({ payload }) => payload.event_id))
    expect(ids.size).toBe(1)
  })

  it('gives up after three retries, and at once on X-Slack-No-Retry', async () => {
    const stubborn = await deliveryWorld(() => ({ status: 503 }), {}, { eventRetriesMs: [0, 5, 5] })
    await stubborn.client.updateUser('U0MAX', { realName: 'Max' })
    await stubborn.client.waitFor(() => stubborn.app.received.length === 4)
    const polite = await deliveryWorld(
      () => ({ status: 503, headers: { 'x-slack-no-retry': '1' } }),
      {},
      { eventRetriesMs: [0, 5, 5] },
    )
    await polite.client.updateUser('U0MAX', { realName: 'Max' })
    await polite.client.waitFor(() => polite.app.received.length === 1)
    await delay(60)
    expect([stubborn.app.received.length, polite.app.received.length]).toEqual([4, 1])
  })

  it('says http_timeout for a late acknowledgement', async () => {
    let first = true
    const answer = () => {
      const afterMs = first ? 1500 : 0
      first = false
      return { afterMs }
    }
    const { app, client } = await deliveryWorld(answer, {}, { ackMs: 400, eventRetriesMs: [0] })
    await client.updateUser('U0MAX', { realName: 'Max' })
    await client.waitFor(() => app.received.length === 2)
    expect(app.received[1]?.headers['x-slack-retry-reason']).toBe('http_timeout')
  })

  it('sends no event without subscription or scope, and says so', async () => {
    const { app, sandbox, client } = await deliveryWorld(() => ({}), {
      events: ['user_change', 'no_such_event'],
      scopes: ['commands'],
    })
    await client.updateUser('U0MAX', { realName: 'Max' })
    await client.as('U0DANA').openHome()
    await client.as('U0DANA').command('/hello', '', here)
    expect(app.received.map((r) => r.form.get('command'))).toEqual(['/hello'])
    expect(await kinds(sandbox)).toEqual(['missing_scope', 'unknown_event'])
  })
})

describe('events', () => {
  it('hears mentions and direct messages, but not what is said elsewhere', async () => {
    const { app, client, dana } = await deliveryWorld()
    await dana.say('C0GENERAL', 'nothing for the bot')
    await dana.say('C0GENERAL', 'hello <@U0BOT>')
    await dana.say(await dana.directChannel(), 'psst')
    await client.waitFor(() => app.received.length === 2)
    const events = app.received.map((r) => asObject(r.payload.event))
    expect(events.map((e) => [e.type, e.text])).toEqual([
      ['app_mention', 'hello <@U0BOT>'],
      ['message', 'psst'],
    ])
    expect(events[1]).toMatchObject({ channel_type: 'im' })
  })

  it('refuses people who are not there to speak', async () => {
    const { client } = await deliveryWorld()
    await expect(client.as('U0GONE').say('C0GENERAL', 'x')).rejects.toThrow('deactivated')
    await expect(client.as('U0MAX').say('C0SECRET', 'x')).rejects.toThrow('not in C0SECRET')
  })
})
