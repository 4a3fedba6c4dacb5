import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { callApi } from '../_call-api.ts'
import { asString, type Json } from '../json.ts'
import { heard, here, interactionWorld, LIFE_MS, t, violationKinds } from './_interaction-world.ts'

const world = interactionWorld()

describe('response_url', () => {
  const send = (url: string, payload: Json) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
    })

  async function fromCommand(): Promise<string> {
    await world.dana.command('/hello', '', here)
    return world.received.at(-1)?.form.get('response_url') ?? ''
  }

  it('takes five answers, then no more', async () => {
    const url = await fromCommand()
    for (let i = 0; i < 5; i++) expect((await send(url, { text: `${i}` })).status).toBe(200)
    const sixth = await send(url, { text: '6' })
    expect([sixth.status, await sixth.json()]).toEqual([404, { ok: false, error: 'used_url' }])
    expect(await world.dana.messages('C0GENERAL')).toHaveLength(5)
    expect(await violationKinds(world)).toEqual(['used_url'])
  })

  it('suffers faults like any method', async () => {
    const url = await fromCommand()
    await world.sandbox.client.fault({ method: 'response_url', kind: 'rate_limited', retryAfter: 3 })
    expect((await send(url, { text: 'x' })).headers.get('retry-after')).toBe('3')
    await world.sandbox.client.fault({ method: 'response_url', kind: 'lost_response' })
    await expect(send(url, { text: 'told' })).rejects.toThrow('fetch failed')
    expect((await world.dana.messages('C0GENERAL')).map((m) => m.text)).toEqual(['told'])
  })

  it('expires, and is not to be guessed', async () => {
    const url = await fromCommand()
    expect((await send(`${url}x`, { text: 'x' })).status).toBe(404)
    await delay(LIFE_MS + 50)
    expect(await (await send(url, { text: 'x' })).json()).toMatchObject({ error: 'expired_url' })
  })

  it('answers one person unless it says in_channel, and refuses invalid blocks and nothing', async () => {
    const url = await fromCommand()
    await send(url, { text: 'mine' })
    await send(url, { text: 'all', response_type: 'in_channel' })
    expect((await world.sandbox.client.as('U0MAX').messages('C0GENERAL')).map((m) => m.text)).toEqual(['all'])
    expect((await send(url, { blocks: [{ type: 'foo' }] })).status).toBe(400)
    expect(await (await send(url, {})).json()).toMatchObject({ error: 'no_text' })
  })

  it('has no original to replace after a command: the answer is a new message', async () => {
    const url = await fromCommand()
    await send(url, { text: 'one' })
    expect((await send(url, { text: 'two', replace_original: true })).status).toBe(200)
    expect((await world.dana.messages('C0GENERAL')).map((m) => [m.text, m.ephemeral])).toEqual([
      ['one', true],
      ['two', true],
    ])
    expect(await violationKinds(world)).toEqual([])
  })

  it('replaces and deletes the message the action came from, ephemeral ones too', async () => {
    const blocks = [{ type: 'actions', elements: [{ type: 'button', action_id: 'go', text: t('Go') }] }]
    await callApi(world.sandbox, 'chat.postEphemeral', { ...here, user: 'U0DANA', text: 'before', blocks })
    await world.dana.press('go')
    const url = asString(heard(world, 'block_actions').response_url)
    await send(url, { text: 'after', replace_original: true })
    expect((await world.dana.messages('C0GENERAL')).map((m) => [m.text, m.blocks, m.ephemeral])).toEqual([
      ['after', [], true],
    ])
    await send(url, { delete_original: true })
    expect(await world.dana.messages('C0GENERAL')).toEqual([])
    expect((await send(url, { text: 'x', replace_original: true })).status).toBe(404)
  })
})
