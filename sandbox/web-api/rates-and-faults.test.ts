import { describe, expect, it } from 'vitest'
import { callApi } from '../_call-api.ts'
import { apiWorld, general, posted } from './_api-world.ts'

const world = apiWorld()

describe('rate tiers', () => {
  it('answers 429 with Retry-After once they are switched on', async () => {
    await world.sandbox.client.setWorkspaceSetting('rate_limits', true)
    await posted(world)
    const second = await callApi(world.sandbox, 'chat.postMessage', general)
    expect(second).toMatchObject({ status: 429, body: { ok: false, error: 'ratelimited' } })
    expect(second.headers.get('retry-after')).toBe('1')
    await posted(world, { channel: 'C0SECRET', text: 'another channel' })
    for (let i = 0; i < 20; i++) await callApi(world.sandbox, 'usergroups.list')
    expect((await callApi(world.sandbox, 'usergroups.list')).status).toBe(429)
  })
})

describe('faults', () => {
  it('plays each kind as often as asked, on the method asked', async () => {
    const { client } = world.sandbox
    await client.fault({ method: 'chat.postMessage', kind: 'rate_limited', retryAfter: 7 })
    expect((await callApi(world.sandbox, 'chat.postMessage', general)).headers.get('retry-after')).toBe('7')
    await client.fault({ method: 'chat.postMessage', kind: 'server_error', times: 2 })
    expect((await callApi(world.sandbox, 'chat.postMessage', general)).status).toBe(500)
    expect((await callApi(world.sandbox, 'auth.test')).status).toBe(200)
    expect((await callApi(world.sandbox, 'chat.postMessage', general)).status).toBe(500)
    await client.fault({ method: 'chat.postMessage', kind: 'reset' })
    await expect(callApi(world.sandbox, 'chat.postMessage', general)).rejects.toThrow('fetch failed')
    expect(await client.as('U0DANA').messages('C0GENERAL')).toEqual([])
    await client.fault({ method: 'chat.postMessage', kind: 'lost_response' })
    await expect(callApi(world.sandbox, 'chat.postMessage', general)).rejects.toThrow('fetch failed')
    expect(await client.as('U0DANA').messages('C0GENERAL')).toHaveLength(1)
    await client.fault({ method: 'chat.postMessage', kind: 'slow', ms: 120 })
    const started = performance.now()
    await posted(world)
    expect(performance.now() - started).toBeGreaterThan(100)
    await client.fault({ method: 'chat.postMessage', kind: 'timeout', ms: 50 })
    await expect(callApi(world.sandbox, 'chat.postMessage', general)).rejects.toThrow('fetch failed')
    await client.fault({ method: '*', kind: 'server_error' })
    await client.clearFaults()
    await posted(world)
  })
})
