import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { exampleApp } from '../example-workspace.ts'
import { deliveryWorld, here, kinds } from './_delivery-world.ts'

describe('signed HTTP', () => {
  it('posts a form with the bare content type and a signature over its exact bytes', async () => {
    const { app, dana } = await deliveryWorld()
    await dana.command('/hello', 'naïve & <b>', here)
    const [received] = app.received
    if (!received) throw new Error('nothing came')
    const { headers, body, form } = received
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded')
    const base = `v0:${headers['x-slack-request-timestamp']}:${body}`
    expect(headers['x-slack-signature']).toBe(
      `v0=${createHmac('sha256', exampleApp.signingSecret).update(base).digest('hex')}`,
    )
    expect(form.get('text')).toBe('naïve & <b>')
  })

  it('posts events as application/json', async () => {
    const { app, dana, client } = await deliveryWorld()
    await dana.openHome()
    await client.waitFor(() => app.received.length === 1)
    expect(app.received[0]?.headers['content-type']).toBe('application/json')
  })

  it('shows the person operation_timeout when the acknowledgement is late, and records it', async () => {
    const { sandbox, dana } = await deliveryWorld(() => ({ afterMs: 900 }), {}, { ackMs: 100 })
    expect(await dana.command('/hello', '', here)).toMatchObject({
      ok: false,
      error: '/hello failed with the error "operation_timeout"',
    })
    expect(await kinds(sandbox)).toEqual(['late_ack'])
  })

  it('holds apps to three seconds unless told otherwise', async () => {
    const { dana } = await deliveryWorld(() => ({ afterMs: 3400 }))
    const { ok, ackMs } = await dana.command('/hello', '', here)
    expect(ok).toBe(false)
    expect(ackMs).toBeGreaterThanOrEqual(2990)
    expect(ackMs).toBeLessThan(3400)
  })

  it('shows dispatch_failed when the app fails or is not there', async () => {
    const { sandbox, dana } = await deliveryWorld(() => ({ status: 500 }))
    const failed = { ok: false, error: '/hello failed with the error "dispatch_failed"' }
    expect(await dana.command('/hello', '', here)).toMatchObject(failed)
    sandbox.setRequestUrl(exampleApp.appId, 'http://127.0.0.1:1/slack/events')
    expect(await dana.command('/hello', '', here)).toMatchObject(failed)
    expect(await kinds(sandbox)).toEqual(['not_acknowledged', 'not_acknowledged'])
  })

  it('replays the very same bytes, and posts what an attacker might', async () => {
    const { app, client, dana } = await deliveryWorld()
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
