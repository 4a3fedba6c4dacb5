import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { callApi } from '../_call-api.ts'
import { exampleApp } from '../example-workspace.ts'
import { asString, type Json } from '../json.ts'
import type { Sandbox } from '../server.ts'
import { closeAfterTest, deliveryWorld, here, kinds } from './_delivery-world.ts'

describe('Socket Mode', () => {
  async function ticket(sandbox: Sandbox): Promise<string> {
    const { body } = await callApi(sandbox, 'apps.connections.open', {}, { token: exampleApp.appToken ?? '' })
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
    closeAfterTest({ close: async () => socket.terminate() })
    return { socket, frames }
  }

  it('says hello, sends each envelope to one socket, and takes the answer out of the acknowledgement', async () => {
    const { sandbox, dana } = await deliveryWorld(undefined, { socketMode: true })
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
    const { sandbox } = await deliveryWorld(undefined, { socketMode: true })
    const url = await ticket(sandbox)
    const first = new WebSocket(url)
    await new Promise((resolve) => first.once('open', resolve))
    closeAfterTest({ close: async () => first.terminate() })
    for (const bad of [url, `${url}x`]) {
      const second = new WebSocket(bad)
      expect(await new Promise((resolve) => second.once('error', (e) => resolve(e.message)))).toContain('403')
    }
  })

  it('turns the eleventh socket away', async () => {
    const { sandbox, client } = await deliveryWorld(undefined, { socketMode: true })
    for (let i = 0; i < 10; i++) await connect(sandbox)
    const { frames } = await connect(sandbox)
    expect(frames[0]).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' })
    expect(await client.sockets(exampleApp.appId)).toBe(10)
  })

  it('shows the person an error when no socket is open, or nobody acknowledges', async () => {
    const { sandbox, dana } = await deliveryWorld(undefined, { socketMode: true }, { ackMs: 80 })
    expect((await dana.command('/hello', '', here)).error).toContain('dispatch_failed')
    await connect(sandbox, () => undefined)
    expect((await dana.command('/hello', '', here)).error).toContain('operation_timeout')
  })

  it('sends events again with retry_attempt, and disconnects on demand', async () => {
    const { sandbox, client } = await deliveryWorld(
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
    const { sandbox } = await deliveryWorld(undefined, { socketMode: true }, { socketPingMs: 20 })
    const { socket } = await connect(sandbox)
    await new Promise((resolve) => socket.once('ping', resolve))
    socket.send(JSON.stringify({ envelope_id: 'never-sent' }))
    await sandbox.client.waitFor(async () => (await kinds(sandbox)).includes('unexpected_frame'))
  })
})
