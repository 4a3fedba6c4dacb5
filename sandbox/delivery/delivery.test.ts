import { createHmac } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { callApi } from '../call-api.ts'
import { APP, companyWith } from '../fixtures.ts'
import { asObject, asString, type Json } from '../json.ts'
import { type RawAnswerToSlack, type Received, startRawApp } from '../raw-app.ts'
import { type Sandbox, startSandbox } from '../server.ts'
import type { AppSeed, Timing } from '../types.ts'

const opened: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function world(
  answer: (r: Received) => RawAnswerToSlack = () => ({}),
  patch: Partial<AppSeed> = {},
  timing: Partial<Timing> = {},
) {
  const app = await startRawApp(answer)
  const sandbox = await startSandbox({ ...companyWith({ requestUrl: app.url, ...patch }), timing })
  opened.push(app, sandbox)
  return { app, sandbox, client: sandbox.client, dana: sandbox.client.as('U0DANA') }
}

async function kinds(sandbox: Sandbox): Promise<string[]> {
  return (await sandbox.client.traffic()).violations.map((v) => v.kind)
}

const here = { channel: 'C0GENERAL' }

describe('signed HTTP', () => {
  it('posts a form with the bare content type and a signature over its exact bytes', async () => {
    const { app, dana } = await world()
    await dana.command('/hello', 'naïve & <b>', here)
    const [received] = app.received
    if (!received) throw new Error('nothing came')
    const { headers, body, form } = received
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded')
    const base = `v0:${headers['x-slack-request-timestamp']}:${body}`
    expect(headers['x-slack-signature']).toBe(
      `v0=${createHmac('sha256', APP.signingSecret).update(base).digest('hex')}`,
    )
    expect(form.get('text')).toBe('naïve & <b>')
  })

  it('posts events as application/json', async () => {
    const { app, dana, client } = await world()
    await dana.openHome()
    await client.waitFor(() => app.received.length === 1)
    expect(app.received[0]?.headers['content-type']).toBe('application/json')
  })

  it('shows the person operation_timeout when the acknowledgement is late, and records it', async () => {
    const { sandbox, dana } = await world(() => ({ afterMs: 900 }), {}, { ackMs: 100 })
    expect(await dana.command('/hello', '', here)).toMatchObject({
      ok: false,
      error: '/hello failed with the error "operation_timeout"',
    })
    expect(await kinds(sandbox)).toEqual(['late_ack'])
  })

  it('holds apps to three seconds unless told otherwise', async () => {
    const { dana } = await world(() => ({ afterMs: 3400 }))
    const { ok, ackMs } = await dana.command('/hello', '', here)
    expect(ok).toBe(false)
    expect(ackMs).toBeGreaterThanOrEqual(2990)
    expect(ackMs).toBeLessThan(3400)
  })

  it('shows dispatch_failed when the app fails or is not there', async () => {
    const { sandbox, dana } = await world(() => ({ status: 500 }))
    const failed = { ok: false, error: '/hello failed with the error "dispatch_failed"' }
    expect(await dana.command('/hello', '', here)).toMatchObject(failed)
    sandbox.setRequestUrl(APP.appId, 'http://127.0.0.1:1/slack/events')
    expect(await dana.command('/hello', '', here)).toMatchObject(failed)
    expect(await kinds(sandbox)).toEqual(['not_acknowledged', 'not_acknowledged'])
  })

  it('replays the very same bytes, and posts what an attacker might', async () => {
    const { app, client, dana } = await world()
    await dana.command('/hello', 'x', here)
    const entry = (await client.traffic()).entries.find((e) => e.name === 'slash_commands')
    expect(await client.redeliver(entry?.id ?? '')).toMatchObject({ status: 200 })
    const [first, second] = app.received
    expect([
      second?.body,
      second?.headers['x-slack-signature'],
      second?.headers['x-slack-request-timestamp'],
    ]).toEqual([
      first?.body,
      first?.headers['x-slack-signature'],
      first?.headers['x-slack-request-timestamp'],
    ])
    await client.post({
      body: 'command=%2Fhello&command=%2Fother',
      timestamp: 99,
      signature: 'v0=wrong',
      headers: { 'x-more': '1' },
    })
    await client.post({ body: '{}', contentType: 'application/json', signature: null })
    expect(app.received[2]?.headers).toMatchObject({
      'x-slack-request-timestamp': '99',
      'x-slack-signature': 'v0=wrong',
      'x-more': '1',
    })
    expect(app.received[3]?.headers).not.toHaveProperty('x-slack-signature')
  })
})

describe('event retries', () => {
  it('tries again with number and reason until it is acknowledged', async () => {
    let left = 2
    const { app, client } = await world(
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
    const stubborn = await world(() => ({ status: 503 }), {}, { eventRetriesMs: [0, 5, 5] })
    await stubborn.client.updateUser('U0MAX', { realName: 'Max' })
    await stubborn.client.waitFor(() => stubborn.app.received.length === 4)
    const polite = await world(
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
    const { app, client } = await world(answer, {}, { ackMs: 400, eventRetriesMs: [0] })
    await client.updateUser('U0MAX', { realName: 'Max' })
    await client.waitFor(() => app.received.length === 2)
    expect(app.received[1]?.headers['x-slack-retry-reason']).toBe('http_timeout')
  })

  it('sends no event without subscription or scope, and says so', async () => {
    const { app, sandbox, client } = await world(() => ({}), {
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

describe('Socket Mode', () => {
  async function ticket(sandbox: Sandbox): Promise<string> {
    const { body } = await callApi(sandbox, 'apps.connections.open', {}, { token: APP.appToken ?? '' })
    return asString(body.url)
  }

  /** Opens a socket and collects its frames; answers each envelope as told. */
  async function connect(sandbox: Sandbox, answer: (frame: Json) => Json | undefined = () => ({})) {
    const socket = new WebSocket(await ticket(sandbox))
    const frames: Json[] = []
    socket.on('message', (data) => {
      const frame = JSON.parse(data.toString()) as Json
      frames.push(frame)
      const reply = frame.envelope_id ? answer(frame) : undefined
      if (reply) socket.send(JSON.stringify({ envelope_id: frame.envelope_id, ...reply }))
    })
    await sandbox.client.waitFor(() => frames.length > 0, { what: 'hello' })
    opened.push({ close: async () => socket.terminate() })
    return { socket, frames }
  }

  it('says hello, sends each envelope to one socket, and takes the answer out of the acknowledgement', async () => {
    const { sandbox, dana } = await world(undefined, { socketMode: true })
    const answer = () => ({ payload: { text: 'hi' } })
    const sockets = [await connect(sandbox, answer), await connect(sandbox, answer)]
    expect(sockets.map((s) => s.frames[0]?.type)).toEqual(['hello', 'hello'])
    const outcomes = [await dana.command('/hello', '1', here), await dana.command('/hello', '2', here)]
    expect(outcomes.map((o) => o.response?.text)).toEqual(['hi', 'hi'])
    const envelopes = sockets.map((s) => s.frames.filter((f) => f.type === 'slash_commands').length)
    expect(envelopes).toEqual([1, 1])
    expect(sockets[0]?.frames[1]).toMatchObject({
      accepts_response_payload: true,
      payload: { command: '/hello' },
    })
  })

  it('takes a ticket once, and no made-up one', async () => {
    const { sandbox } = await world(undefined, { socketMode: true })
    const url = await ticket(sandbox)
    const first = new WebSocket(url)
    await new Promise((resolve) => first.once('open', resolve))
    opened.push({ close: async () => first.terminate() })
    for (const bad of [url, `${url}x`]) {
      const second = new WebSocket(bad)
      expect(await new Promise((resolve) => second.once('error', (e) => resolve(e.message)))).toContain('403')
    }
  })

  it('turns the eleventh socket away', async () => {
    const { sandbox, client } = await world(undefined, { socketMode: true })
    for (let i = 0; i < 10; i++) await connect(sandbox)
    const { frames } = await connect(sandbox)
    expect(frames[0]).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' })
    expect(await client.sockets(APP.appId)).toBe(10)
  })

  it('shows the person an error when no socket is open, or nobody acknowledges', async () => {
    const { sandbox, dana } = await world(undefined, { socketMode: true }, { ackMs: 80 })
    expect((await dana.command('/hello', '', here)).error).toContain('dispatch_failed')
    await connect(sandbox, () => undefined)
    expect((await dana.command('/hello', '', here)).error).toContain('operation_timeout')
  })

  it('sends events again with retry_attempt, and disconnects on demand', async () => {
    const { sandbox, client } = await world(
      undefined,
      { socketMode: true },
      { ackMs: 400, eventRetriesMs: [0] },
    )
    const { frames, socket } = await connect(sandbox, (f) => (f.retry_attempt === 0 ? undefined : {}))
    await client.updateUser('U0MAX', { realName: 'Max' })
    await client.waitFor(() => frames.filter((f) => f.type === 'events_api').length === 2)
    expect(frames.at(-1)).toMatchObject({
      retry_attempt: 1,
      retry_reason: 'http_timeout',
      accepts_response_payload: false,
    })
    await client.sendDisconnect('refresh_requested')
    await client.waitFor(() =>
      frames.some((f) => f.type === 'disconnect' && f.reason === 'refresh_requested'),
    )
    const closed = new Promise((resolve) => socket.once('close', (code) => resolve(code)))
    socket.close(1000)
    expect(await closed).toBe(1000)
    await connect(sandbox)
    expect(await client.dropSockets()).toBe(1)
  })

  it('pings, and records frames that acknowledge nothing', async () => {
    const { sandbox } = await world(undefined, { socketMode: true }, { socketPingMs: 20 })
    const { socket } = await connect(sandbox)
    await new Promise((resolve) => socket.once('ping', resolve))
    socket.send(JSON.stringify({ envelope_id: 'never-sent' }))
    await sandbox.client.waitFor(async () => (await kinds(sandbox)).includes('unexpected_frame'))
  })
})

describe('events', () => {
  it('hears mentions and direct messages, but not what is said elsewhere', async () => {
    const { app, client, dana } = await world()
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
    const { client } = await world()
    await expect(client.as('U0GONE').say('C0GENERAL', 'x')).rejects.toThrow('deactivated')
    await expect(client.as('U0MAX').say('C0SECRET', 'x')).rejects.toThrow('not in C0SECRET')
  })
})
