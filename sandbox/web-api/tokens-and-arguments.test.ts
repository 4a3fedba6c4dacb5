import { readFileSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { callApi } from '../_call-api.ts'
import { exampleApp, exampleWith } from '../example-workspace.ts'
import type { Json } from '../json.ts'
import { startSandbox } from '../server.ts'
import { apiWorld, general, refused, violations } from './_api-world.ts'
import { isMethodOfSlack } from './method-names.ts'

const world = apiWorld()

describe('tokens and scopes', () => {
  it('refuses a call without a token, with a wrong one, with one of the wrong kind, and with a revoked one', async () => {
    expect(await refused(world, 'auth.test', {}, { token: null })).toBe('not_authed')
    expect(await refused(world, 'auth.test', {}, { token: 'xoxb-wrong' })).toBe('invalid_auth')
    expect(await refused(world, 'chat.postMessage', general, { token: exampleApp.appToken ?? '' })).toBe(
      'not_allowed_token_type',
    )
    expect(await refused(world, 'apps.connections.open', {})).toBe('not_allowed_token_type')
    expect((await callApi(world.sandbox, 'auth.revoke')).body).toEqual({ ok: true, revoked: true })
    expect(await refused(world, 'auth.test', {})).toBe('token_revoked')
  })

  it('takes the token from the body too', async () => {
    expect(
      (await callApi(world.sandbox, 'auth.test', { token: exampleApp.botToken }, { token: null })).body.ok,
    ).toBe(true)
  })

  it('names the scope that is missing and those that were granted', async () => {
    const poor = await startSandbox(exampleWith({ scopes: ['commands'] }))
    onTestFinished(() => poor.close())
    const { body, headers } = await callApi(poor, 'chat.postMessage', general)
    expect(body).toEqual({ ok: false, error: 'missing_scope', needed: 'chat:write', provided: 'commands' })
    expect(headers.get('x-oauth-scopes')).toBe('commands')
    expect(headers.get('x-accepted-oauth-scopes')).toBe('chat:write')
    expect((await poor.client.traffic()).violations.map((v) => v.kind)).toContain('missing_scope')
  })

  it('asks for the scope of the kind of channel', async () => {
    const some = await startSandbox(exampleWith({ scopes: ['channels:read'] }))
    onTestFinished(() => some.close())
    expect((await callApi(some, 'conversations.info', { channel: 'C0GENERAL' })).body.ok).toBe(true)
    const { body } = await callApi(some, 'conversations.info', { channel: 'C0SECRET' })
    expect(body).toMatchObject({ error: 'missing_scope', needed: 'groups:read' })
  })

  it('shows e-mail addresses only with users:read.email', async () => {
    const shy = await startSandbox(exampleWith({ scopes: ['users:read'] }))
    onTestFinished(() => shy.close())
    const { body } = await callApi(shy, 'users.info', { user: 'U0DANA' })
    expect(body.user).not.toHaveProperty('profile.email')
    expect((await callApi(world.sandbox, 'users.info', { user: 'U0DANA' })).body.user).toHaveProperty(
      'profile.email',
      'dana@acme.test',
    )
  })
})

describe('methods and arguments', () => {
  it('tells methods that Slack has and the sandbox does not offer from those that Slack does not have', async () => {
    for (const method of ['chat.shout', 'chat.scheduleMessage', 'pins.add', 'agents.sessions.rename']) {
      expect(await refused(world, method, {})).toBe('unknown_method')
    }
    const missing = 'is a method of Slack that this sandbox does not offer'
    const { violations } = await world.sandbox.client.traffic()
    expect(violations.map(({ kind, detail }) => [kind, detail])).toEqual([
      ['unknown_method', 'chat.shout is no method of the Web API'],
      ['method_not_offered', `chat.scheduleMessage ${missing}`],
      ['method_not_offered', `pins.add ${missing}`],
      ['method_not_offered', `agents.sessions.rename ${missing}`],
    ])
    const { body } = await callApi(world.sandbox, 'pins.add', {})
    expect(body.response_metadata).toEqual({ messages: [`[ERROR] pins.add ${missing}`] })
  })

  it('knows by name each method that the client of Slack has', () => {
    const folder = pathToFileURL(createRequire(import.meta.url).resolve('@slack/web-api'))
    const source = readFileSync(new URL('methods.js', folder), 'utf8')
    const methods = [...source.matchAll(/\(this, '([\w.]+)'/g)].map(([, name = '']) => name)
    expect(methods.length).toBeGreaterThan(250)
    expect(methods.filter((method) => !isMethodOfSlack(method))).toEqual([])
  })

  it('reads JSON bodies where the method takes them, and refuses broken ones', async () => {
    expect((await callApi(world.sandbox, 'chat.postMessage', general, { json: true })).body.ok).toBe(true)
    const ignored = await callApi(world.sandbox, 'users.info', { user: 'U0DANA' }, { json: true })
    expect(ignored.body).toMatchObject({ error: 'invalid_arguments' })
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${exampleApp.botToken}` }
    const send = async (body: string) =>
      (await (
        await fetch(`${world.sandbox.apiUrl}chat.postMessage`, { method: 'POST', headers, body })
      ).json()) as Json
    expect(await send('{')).toMatchObject({ error: 'invalid_json' })
    expect(await send('[]')).toMatchObject({ error: 'json_not_object' })
  })

  it('names the required argument that is missing', async () => {
    const { body } = await callApi(world.sandbox, 'chat.postMessage', { text: 'x' })
    expect(body).toMatchObject({
      error: 'invalid_arguments',
      response_metadata: { messages: ['[ERROR] missing required field: channel'] },
    })
  })

  it('records arguments of Slack that it does nothing with', async () => {
    const asked = {
      icon_emoji: ':tada:',
      unfurl_links: true,
      unfurl_media: false,
      mrkdwn: true,
      parse: 'full',
    }
    await callApi(world.sandbox, 'chat.postMessage', { ...general, ...asked })
    const { violations } = await world.sandbox.client.traffic()
    expect(violations.map(({ kind, detail }) => [kind, detail])).toEqual(
      ['icon_emoji', 'parse', 'unfurl_links'].map((name) => [
        'argument_not_offered',
        `chat.postMessage: this sandbox does nothing with ${name}`,
      ]),
    )
  })

  it('records arguments that Slack does not know', async () => {
    await callApi(world.sandbox, 'chat.postMessage', { ...general, colour: 'red' })
    expect(await violations(world)).toEqual(['unknown_argument'])
  })
})

describe('the address', () => {
  it('answers only to its own name, so that no page elsewhere reaches it', async () => {
    const { port } = new URL(world.sandbox.url)
    const status = await new Promise((resolve) => {
      const headers = { host: `evil.test:${port}` }
      http.get({ host: '127.0.0.1', port, path: '/api/auth.test', headers }, (r) => {
        r.resume()
        resolve(r.statusCode)
      })
    })
    expect(status).toBe(421)
    const control = await fetch(`${world.sandbox.url}/control/clearFaults`, { method: 'POST', body: '{}' })
    expect(control.status).toBe(405)
  })
})

describe('installing', () => {
  it('takes a code once, from the app it was given to, which knows its secret', async () => {
    const shop = await startSandbox(exampleWith({ clientId: '1.2', clientSecret: 'shh' }))
    onTestFinished(() => shop.close())
    const authorize = async (clientId: string, scope = 'commands') => {
      const query = `client_id=${clientId}&scope=${scope}&state=s&redirect_uri=http://127.0.0.1/back`
      const response = await fetch(`${shop.url}/oauth/v2/authorize?${query}`, { redirect: 'manual' })
      const location = response.headers.get('location')
      return location ? (new URL(location).searchParams.get('code') ?? '') : response.status
    }
    const access = async (args: Json) =>
      (await callApi(shop, 'oauth.v2.access', args, { token: null })).body.error
    expect(await authorize('wrong')).toBe(400)
    const code = await authorize('1.2')
    expect(await access({ client_id: '9.9', client_secret: 'shh', code })).toBe('invalid_client_id')
    expect(await access({ client_id: '1.2', client_secret: 'no', code })).toBe('bad_client_secret')
    expect(await access({ client_id: '1.2', client_secret: 'shh', code })).toBeUndefined()
    expect(await access({ client_id: '1.2', client_secret: 'shh', code })).toBe('invalid_code')
    expect(await access({ client_id: '1.2', client_secret: 'shh', code: await authorize('1.2', '') })).toBe(
      'no_scopes',
    )
  })
})
