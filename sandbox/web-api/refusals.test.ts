import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callApi } from '../call-api.ts'
import { APP, companyWith } from '../fixtures.ts'
import type { Json } from '../json.ts'
import { type Sandbox, startSandbox } from '../server.ts'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox(companyWith())
})

afterEach(() => sandbox.close())

const t = (text: string) => ({ type: 'plain_text', text })
const button = (patch: Json = {}) => ({ type: 'button', action_id: 'a', text: t('Go'), ...patch })
const general = { channel: 'C0GENERAL', text: 'hello' }

async function refused(method: string, args: Json, options: { token?: string | null } = {}): Promise<string> {
  const { body } = await callApi(sandbox, method, args, options)
  expect(body.ok).toBe(false)
  return body.error ?? ''
}

async function posted(args: Json = general): Promise<string> {
  const { body } = await callApi(sandbox, 'chat.postMessage', args)
  expect(body).toMatchObject({ ok: true })
  return String(body.ts)
}

async function violations(): Promise<string[]> {
  return (await sandbox.client.traffic()).violations.map((v) => v.kind)
}

describe('tokens and scopes', () => {
  it('refuses a call without a token, with a wrong one, with one of the wrong kind, and with a revoked one', async () => {
    expect(await refused('auth.test', {}, { token: null })).toBe('not_authed')
    expect(await refused('auth.test', {}, { token: 'xoxb-wrong' })).toBe('invalid_auth')
    expect(await refused('chat.postMessage', general, { token: APP.appToken ?? '' })).toBe(
      'not_allowed_token_type',
    )
    expect(await refused('apps.connections.open', {})).toBe('not_allowed_token_type')
    expect((await callApi(sandbox, 'auth.revoke')).body).toEqual({ ok: true, revoked: true })
    expect(await refused('auth.test', {})).toBe('token_revoked')
  })

  it('takes the token from the body too', async () => {
    expect((await callApi(sandbox, 'auth.test', { token: APP.botToken }, { token: null })).body.ok).toBe(true)
  })

  it('names the scope that is missing and those that were granted', async () => {
    const poor = await startSandbox(companyWith({ scopes: ['commands'] }))
    const { body, headers } = await callApi(poor, 'chat.postMessage', general)
    expect(body).toEqual({ ok: false, error: 'missing_scope', needed: 'chat:write', provided: 'commands' })
    expect(headers.get('x-oauth-scopes')).toBe('commands')
    expect(headers.get('x-accepted-oauth-scopes')).toBe('chat:write')
    expect((await poor.client.traffic()).violations.map((v) => v.kind)).toContain('missing_scope')
    await poor.close()
  })

  it('asks for the scope of the kind of channel', async () => {
    const some = await startSandbox(companyWith({ scopes: ['channels:read'] }))
    expect((await callApi(some, 'conversations.info', { channel: 'C0GENERAL' })).body.ok).toBe(true)
    const { body } = await callApi(some, 'conversations.info', { channel: 'C0SECRET' })
    expect(body).toMatchObject({ error: 'missing_scope', needed: 'groups:read' })
    await some.close()
  })

  it('shows e-mail addresses only with users:read.email', async () => {
    const shy = await startSandbox(companyWith({ scopes: ['users:read'] }))
    const { body } = await callApi(shy, 'users.info', { user: 'U0DANA' })
    expect(body.user).not.toHaveProperty('profile.email')
    expect((await callApi(sandbox, 'users.info', { user: 'U0DANA' })).body.user).toHaveProperty(
      'profile.email',
      'dana@acme.test',
    )
    await shy.close()
  })
})

describe('methods and arguments', () => {
  it('answers unknown_method to what it does not know, and records it', async () => {
    expect(await refused('chat.shout', {})).toBe('unknown_method')
    expect(await refused('chat.scheduleMessage', {})).toBe('unknown_method')
    expect(await violations()).toEqual(['unknown_method', 'unknown_method'])
  })

  it('reads JSON bodies where the method takes them, and refuses broken ones', async () => {
    expect((await callApi(sandbox, 'chat.postMessage', general, { json: true })).body.ok).toBe(true)
    const ignored = await callApi(sandbox, 'users.info', { user: 'U0DANA' }, { json: true })
    expect(ignored.body).toMatchObject({
      error: 'not_authed' === ignored.body.error ? 'not_authed' : 'invalid_arguments',
    })
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${APP.botToken}` }
    const send = async (body: string) =>
      (await (
        await fetch(`${sandbox.apiUrl}chat.postMessage`, { method: 'POST', headers, body })
      ).json()) as Json
    expect(await send('{')).toMatchObject({ error: 'invalid_json' })
    expect(await send('[]')).toMatchObject({ error: 'json_not_object' })
  })

  it('names the required argument that is missing', async () => {
    const { body } = await callApi(sandbox, 'chat.postMessage', { text: 'x' })
    expect(body).toMatchObject({
      error: 'invalid_arguments',
      response_metadata: { messages: ['[ERROR] missing required field: channel'] },
    })
  })

  it('records arguments that Slack does not know', async () => {
    await callApi(sandbox, 'chat.postMessage', { ...general, colour: 'red' })
    expect(await violations()).toEqual(['unknown_argument'])
  })
})

describe('messages', () => {
  it('refuses channels that the bot cannot see, is not in, or that are archived', async () => {
    expect(await refused('chat.postMessage', { channel: 'C0HIDDEN', text: 'x' })).toBe('channel_not_found')
    expect(await refused('chat.postMessage', { channel: 'C0NOWHERE', text: 'x' })).toBe('channel_not_found')
    expect(await refused('chat.postMessage', { channel: 'C0OTHER', text: 'x' })).toBe('not_in_channel')
    expect(await refused('chat.postMessage', { channel: 'C0OLD', text: 'x' })).toBe('is_archived')
    expect(await refused('conversations.history', { channel: 'C0OTHER' })).toBe('not_in_channel')
    expect(await refused('conversations.members', { channel: 'C0HIDDEN' })).toBe('channel_not_found')
    await callApi(sandbox, 'conversations.join', { channel: 'C0OTHER' })
    await posted({ channel: 'C0OTHER', text: 'x' })
  })

  it('posts to a public channel unjoined only with chat:write.public', async () => {
    const loud = await startSandbox(companyWith({ scopes: ['chat:write', 'chat:write.public'] }))
    expect((await callApi(loud, 'chat.postMessage', { channel: 'C0OTHER', text: 'x' })).body.ok).toBe(true)
    await loud.close()
  })

  it('refuses empty messages', async () => {
    expect(await refused('chat.postMessage', { channel: 'C0GENERAL' })).toBe('no_text')
    expect(await refused('chat.postMessage', { channel: 'C0GENERAL', text: '  ', blocks: [] })).toBe(
      'no_text',
    )
    expect(await refused('chat.postMessage', { ...general, markdown_text: 'x' })).toBe(
      'markdown_text_conflict',
    )
  })

  it.each([
    ['an unknown block', [{ type: 'foo' }], 'unsupported type: foo [json-pointer:/blocks/0/type]'],
    [
      'a section over 3000 characters',
      [{ type: 'section', text: t('x'.repeat(3001)) }],
      'must be no more than 3000 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a button label over 75 characters',
      [{ type: 'actions', elements: [button({ text: t('x'.repeat(76)) })] }],
      'must be no more than 75 characters [json-pointer:/blocks/0/elements/0/text/text]',
    ],
    [
      'an unknown field on a button',
      [{ type: 'actions', elements: [button({ colour: 'red' })] }],
      'unsupported field: colour [json-pointer:/blocks/0/elements/0]',
    ],
    [
      'mrkdwn in a header',
      [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
    ],
    [
      'two elements of one action_id in a block',
      [{ type: 'actions', elements: [button(), button()] }],
      'action_id already exists: a [json-pointer:/blocks/0]',
    ],
    [
      'two blocks of one block_id',
      [
        { type: 'divider', block_id: 'b' },
        { type: 'divider', block_id: 'b' },
      ],
      'block_id already exists: b [json-pointer:/blocks]',
    ],
    [
      'two tables',
      [1, 2].map(() => ({
        type: 'data_table',
        caption: 'c',
        rows: [[{ type: 'raw_text', text: 'a' }], [{ type: 'raw_text', text: 'b' }]],
      })),
      'only_one_table_allowed [json-pointer:/blocks]',
    ],
    [
      'a data_table over 10,000 characters',
      [
        {
          type: 'data_table',
          caption: 'c',
          rows: [[{ type: 'raw_text', text: 'a' }], [{ type: 'raw_text', text: 'b'.repeat(10_000) }]],
        },
      ],
      'no more than 10000 characters in a data_table [json-pointer:/blocks]',
    ],
    [
      'an alert in a message',
      [{ type: 'alert', text: t('x') }],
      'unsupported type: alert in a message [json-pointer:/blocks/0/type]',
    ],
    [
      'more than 50 blocks',
      Array.from({ length: 51 }, () => ({ type: 'divider' })),
      'no more than 50 items allowed [json-pointer:/blocks]',
    ],
  ])('refuses %s, pointing at it', async (_name, blocks, problem) => {
    const { body } = await callApi(sandbox, 'chat.postMessage', { ...general, blocks })
    expect(body).toMatchObject({
      ok: false,
      error: 'invalid_blocks',
      response_metadata: { messages: [`[ERROR] ${problem}`] },
    })
    expect(await violations()).toEqual(['invalid_blocks'])
  })

  it('refuses blocks that are no array, blocks that are too long together, and too long texts', async () => {
    expect(await refused('chat.postMessage', { ...general, blocks: '{"type":"section"}' })).toBe(
      'invalid_blocks_format',
    )
    const long = Array.from({ length: 5 }, () => ({ type: 'section', text: t('x'.repeat(2900)) }))
    expect(await refused('chat.postMessage', { ...general, blocks: long })).toBe('msg_blocks_too_long')
    const ts = await posted()
    expect(await refused('chat.update', { channel: 'C0GENERAL', ts, text: 'x'.repeat(4001) })).toBe(
      'msg_too_long',
    )
    const cut = await callApi(sandbox, 'chat.postMessage', { ...general, text: 'x'.repeat(40_001) })
    expect((cut.body.message as Json).text).toHaveLength(40_000)
  })

  it('changes and deletes only messages that exist and are its own', async () => {
    const said = await sandbox.client.as('U0DANA').say('C0GENERAL', 'mine')
    expect(await refused('chat.update', { channel: 'C0GENERAL', ts: said.ts, text: 'x' })).toBe(
      'cant_update_message',
    )
    expect(await refused('chat.delete', { channel: 'C0GENERAL', ts: said.ts })).toBe('cant_delete_message')
    expect(await refused('chat.update', { channel: 'C0GENERAL', ts: '1.000001', text: 'x' })).toBe(
      'message_not_found',
    )
    const ts = await posted()
    await callApi(sandbox, 'chat.delete', { channel: 'C0GENERAL', ts })
    expect(await refused('chat.delete', { channel: 'C0GENERAL', ts })).toBe('message_not_found')
  })

  it('removes the blocks of a message that is updated with text alone', async () => {
    const ts = await posted({ ...general, blocks: [{ type: 'divider' }] })
    await callApi(sandbox, 'chat.update', {
      channel: 'C0GENERAL',
      ts,
      metadata: { event_type: 'a', event_payload: {} },
    })
    const seen = async () => (await sandbox.client.as('U0DANA').messages('C0GENERAL'))[0]
    expect((await seen())?.blocks).toHaveLength(1)
    await callApi(sandbox, 'chat.update', { channel: 'C0GENERAL', ts, text: 'new' })
    expect(await seen()).toMatchObject({ text: 'new', blocks: [], edited: true })
  })

  it('shows an ephemeral message to one person who is in the channel, and to no method', async () => {
    const { body } = await callApi(sandbox, 'chat.postEphemeral', { ...general, user: 'U0DANA' })
    expect(body).toEqual({ ok: true, message_ts: expect.any(String) })
    expect(await sandbox.client.as('U0DANA').messages('C0GENERAL')).toHaveLength(1)
    expect(await sandbox.client.as('U0MAX').messages('C0GENERAL')).toEqual([])
    expect(await refused('chat.update', { channel: 'C0GENERAL', ts: body.message_ts, text: 'x' })).toBe(
      'message_not_found',
    )
    expect((await callApi(sandbox, 'conversations.history', { channel: 'C0GENERAL' })).body.messages).toEqual(
      [],
    )
    expect(await refused('chat.postEphemeral', { channel: 'C0SECRET', user: 'U0MAX', text: 'x' })).toBe(
      'user_not_in_channel',
    )
    expect(await refused('chat.postEphemeral', { channel: 'C0HIDDEN', user: 'U0OLGA', text: 'x' })).toBe(
      'channel_not_found',
    )
  })
})

describe('people and direct messages', () => {
  it('tells members, guests, strangers and the deactivated apart as Slack does', async () => {
    const flags = async (user: string) => {
      const { user: found } = (await callApi(sandbox, 'users.info', { user })).body as { user?: Json }
      const { is_admin, is_restricted, is_ultra_restricted, is_stranger, deleted, is_bot } = found ?? {}
      return { is_admin, is_restricted, is_ultra_restricted, is_stranger, deleted, is_bot }
    }
    expect(await flags('U0OLGA')).toMatchObject({ is_admin: true, is_restricted: false, deleted: false })
    expect(await flags('U0GINA')).toMatchObject({ is_restricted: true, is_ultra_restricted: false })
    expect(await flags('U0SOLO')).toMatchObject({ is_restricted: true, is_ultra_restricted: true })
    expect(await flags('U0STRA')).toMatchObject({ is_stranger: true })
    expect(await flags('U0GONE')).toMatchObject({ deleted: true })
    expect(await flags('U0BOT')).toMatchObject({ is_bot: true })
    const { user } = (await callApi(sandbox, 'users.info', { user: 'U0GINA' })).body as { user?: Json }
    expect(user).toMatchObject({
      tz: 'Europe/Lisbon',
      tz_offset: expect.any(Number),
      tz_label: expect.any(String),
      is_email_confirmed: true,
      profile: { guest_invited_by: 'U0DANA', guest_expiration_ts: 1924992000 },
    })
    expect(await refused('users.info', { user: 'U0NOBODY' })).toBe('user_not_found')
  })

  it('opens no direct messages with the deactivated, strangers or nobody', async () => {
    expect(await refused('conversations.open', { users: 'U0GONE' })).toBe('user_disabled')
    expect(await refused('conversations.open', { users: 'U0STRA' })).toBe('user_not_visible')
    expect(await refused('conversations.open', { users: 'U0NOBODY' })).toBe('user_not_found')
    expect(await refused('conversations.open', {})).toBe('users_list_not_supplied')
    expect(await refused('chat.postMessage', { channel: 'U0GONE', text: 'x' })).toBe('is_archived')
  })

  it('refuses user groups that do not exist, empty lists, guests in them, and free plans', async () => {
    expect(await refused('usergroups.users.list', { usergroup: 'S0NONE' })).toBe('no_such_subteam')
    expect(await refused('usergroups.users.update', { usergroup: 'S0DBAS', users: ',' })).toBe(
      'no_users_provided',
    )
    expect(await refused('usergroups.users.update', { usergroup: 'S0DBAS', users: 'U0GINA' })).toBe(
      'invalid_users',
    )
    await sandbox.client.setWorkspaceSetting('paid_plan', false)
    expect(await refused('usergroups.list', {})).toBe('plan_upgrade_required')
  })
})

describe('files', () => {
  it('shares what was uploaded, once, where the bot is', async () => {
    const start = await callApi(sandbox, 'files.getUploadURLExternal', { filename: 'a.csv', length: 3 })
    const files = [{ id: start.body.file_id, title: 'A' }]
    expect(await refused('files.completeUploadExternal', { files, channel_id: 'C0GENERAL' })).toBe(
      'file_not_found',
    )
    const upload = await fetch(String(start.body.upload_url), { method: 'POST', body: 'a,b' })
    expect(upload.status).toBe(200)
    expect(await refused('files.completeUploadExternal', { files, channel_id: 'C0OTHER' })).toBe(
      'not_in_channel',
    )
    expect(await refused('files.completeUploadExternal', { files, channel_id: 'U0DANA' })).toBe(
      'channel_not_found',
    )
    expect(
      (await callApi(sandbox, 'files.completeUploadExternal', { files, channel_id: 'C0GENERAL' })).body.ok,
    ).toBe(true)
    const [message] = await sandbox.client.as('U0DANA').messages('C0GENERAL')
    expect(message?.files).toMatchObject([{ name: 'a.csv', title: 'A', size: 3 }])
    expect(await (await fetch(message?.files?.[0]?.url ?? '')).text()).toBe('a,b')
    expect(await refused('files.completeUploadExternal', { files, channel_id: 'C0GENERAL' })).toBe(
      'file_not_found',
    )
  })
})

describe('installing', () => {
  it('takes a code once, from the app it was given to, which knows its secret', async () => {
    const shop = await startSandbox(companyWith({ clientId: '1.2', clientSecret: 'shh' }))
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
    await shop.close()
  })
})

describe('blocks.validate', () => {
  it('points at what is wrong, without a token', async () => {
    const blocks = [{ type: 'section', text: { type: 'invalid', text: 'x' } }]
    const { body } = await callApi(sandbox, 'blocks.validate', { blocks }, { token: null })
    expect(body).toMatchObject({
      error: 'invalid_blocks',
      errors: [{ code: 'failed_constraint', pointer: '/0/text/type' }],
    })
    expect(
      (await callApi(sandbox, 'blocks.validate', { blocks: [{ type: 'divider' }] }, { token: null })).body,
    ).toEqual({ ok: true })
    expect(await refused('blocks.validate', {}, { token: null })).toBe('invalid_arguments')
  })
})

describe('rate tiers', () => {
  it('answers 429 with Retry-After once they are switched on', async () => {
    await sandbox.client.setWorkspaceSetting('rate_limits', true)
    await posted()
    const second = await callApi(sandbox, 'chat.postMessage', general)
    expect(second).toMatchObject({ status: 429, body: { ok: false, error: 'ratelimited' } })
    expect(second.headers.get('retry-after')).toBe('1')
    await posted({ channel: 'C0SECRET', text: 'another channel' })
    for (let i = 0; i < 20; i++) await callApi(sandbox, 'usergroups.list')
    expect((await callApi(sandbox, 'usergroups.list')).status).toBe(429)
  })
})

describe('faults', () => {
  it('plays each kind as often as asked, on the method asked', async () => {
    const { client } = sandbox
    await client.fault({ method: 'chat.postMessage', kind: 'rate_limited', retryAfter: 7 })
    expect((await callApi(sandbox, 'chat.postMessage', general)).headers.get('retry-after')).toBe('7')
    await client.fault({ method: 'chat.postMessage', kind: 'server_error', times: 2 })
    expect((await callApi(sandbox, 'chat.postMessage', general)).status).toBe(500)
    expect((await callApi(sandbox, 'auth.test')).status).toBe(200)
    expect((await callApi(sandbox, 'chat.postMessage', general)).status).toBe(500)
    await client.fault({ method: 'chat.postMessage', kind: 'reset' })
    await expect(callApi(sandbox, 'chat.postMessage', general)).rejects.toThrow('fetch failed')
    expect(await client.as('U0DANA').messages('C0GENERAL')).toEqual([])
    await client.fault({ method: 'chat.postMessage', kind: 'lost_response' })
    await expect(callApi(sandbox, 'chat.postMessage', general)).rejects.toThrow('fetch failed')
    expect(await client.as('U0DANA').messages('C0GENERAL')).toHaveLength(1)
    await client.fault({ method: 'chat.postMessage', kind: 'slow', ms: 120 })
    const started = performance.now()
    await posted()
    expect(performance.now() - started).toBeGreaterThan(100)
    await client.fault({ method: 'chat.postMessage', kind: 'timeout', ms: 50 })
    await expect(callApi(sandbox, 'chat.postMessage', general)).rejects.toThrow('fetch failed')
    await client.fault({ method: '*', kind: 'server_error' })
    await client.clearFaults()
    await posted()
  })
})
