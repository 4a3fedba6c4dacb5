import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { callApi } from './_call-api.ts'
import { type Received, startRawApp } from './_raw-app.ts'
import { exampleApp, exampleWith } from './example-workspace.ts'
import { asObject, isObject, type Json } from './json.ts'
import { type Sandbox, startSandbox } from './server.ts'
import { HANDLERS } from './web-api/methods.ts'

/** Keys that Slack sends and that the merged logs lack, each with its source. */
const KNOWN_ELSEWHERE = new Set([
  // typed in @slack/web-api (UsersInfoResponse) and present in the logged events
  'user.profile.guest_expiration_ts',
  'members.profile.guest_expiration_ts',
  // typed in @slack/web-api (UsersListResponse)
  'members.is_stranger',
  // for the channel of a direct message: typed in @slack/web-api (ConversationsInfoResponse)
  'channel.user',
  'channel.is_user_deleted',
  'channel.priority',
  // the answer to a refused block: not in a log of successes
  'response_metadata',
  'errors',
  // the logs of arrays are merged into their first element, which for blocks knows input blocks only
  'view.blocks.elements',
])

function log(name: string): Json {
  return JSON.parse(readFileSync(new URL(`./slack-data/json-logs/${name}`, import.meta.url), 'utf8'))
}

/** Where `value` has a key, or a type of value, that the superset lacks. Null fits anywhere; empty objects in a superset are open. */
function strays(value: unknown, superset: unknown, path = ''): string[] {
  if (value === null || value === undefined || superset === undefined) return []
  if (Array.isArray(value)) {
    if (!Array.isArray(superset)) return [`${path}: an array`]
    return value.flatMap((v) => (superset.length === 0 ? [] : strays(v, superset[0], path)))
  }
  if (isObject(value)) {
    if (!isObject(superset)) return [`${path}: an object`]
    if (Object.keys(superset).length === 0) return []
    return Object.entries(value).flatMap(([key, v]) => {
      const at = path ? `${path}.${key}` : key
      if (KNOWN_ELSEWHERE.has(at)) return []
      return key in superset ? strays(v, superset[key], at) : [`${at}: not in the logs`]
    })
  }
  return typeof value === typeof superset ? [] : [`${path}: ${typeof value}, not ${typeof superset}`]
}

let sandbox: Sandbox
let app: Awaited<ReturnType<typeof startRawApp>>

beforeAll(async () => {
  app = await startRawApp(() => ({}))
  sandbox = await startSandbox(
    exampleWith({
      requestUrl: app.url,
      clientId: '1.2',
      clientSecret: 'shh',
      events: [
        ...exampleApp.events,
        'subteam_updated',
        'member_left_channel',
        'tokens_revoked',
        'app_uninstalled',
        'message.channels',
        'reaction_added',
      ],
      scopes: [...exampleApp.scopes, 'reactions:read'],
    }),
  )
})

afterAll(async () => {
  await sandbox.close()
  await app.close()
})

const VIEW = {
  type: 'modal',
  title: { type: 'plain_text', text: 'x' },
  notify_on_close: true,
  submit: { type: 'plain_text', text: 'Go' },
  blocks: [
    {
      type: 'input',
      block_id: 'b',
      label: { type: 'plain_text', text: 'x' },
      element: { type: 'plain_text_input', action_id: 'a' },
    },
    {
      type: 'actions',
      elements: [{ type: 'button', action_id: 'push', text: { type: 'plain_text', text: 'x' }, value: 'v' }],
    },
  ],
}

async function trigger(): Promise<string> {
  await sandbox.client.as('U0DANA').command('/hello', '', { channel: 'C0GENERAL' })
  return app.received.at(-1)?.form.get('trigger_id') ?? ''
}

/** Good arguments for each method whose responses were logged. */
const GOOD: Record<string, () => Promise<Json>> = {
  'auth.test': async () => ({}),
  'bots.info': async () => ({ bot: 'B0BOT' }),
  'chat.postEphemeral': async () => ({ channel: 'C0GENERAL', user: 'U0DANA', text: 'x' }),
  'conversations.info': async () => ({ channel: 'C0GENERAL', include_num_members: true }),
  'conversations.members': async () => ({ channel: 'C0GENERAL', limit: 2 }),
  'files.getUploadURLExternal': async () => ({ filename: 'a', length: 1 }),
  'files.completeUploadExternal': async () => {
    const { body } = await callApi(sandbox, 'files.getUploadURLExternal', { filename: 'a', length: 1 })
    await fetch(String(body.upload_url), { method: 'POST', body: 'a' })
    return { files: [{ id: body.file_id }], channel_id: 'C0GENERAL' }
  },
  'oauth.v2.access': async () => {
    const query = `client_id=1.2&scope=${exampleApp.scopes.join(',')}&state=s&redirect_uri=http://127.0.0.1/back`
    const response = await fetch(`${sandbox.url}/oauth/v2/authorize?${query}`, { redirect: 'manual' })
    const back = new URL(response.headers.get('location') ?? '')
    expect(back.searchParams.get('state')).toBe('s')
    return { client_id: '1.2', client_secret: 'shh', code: back.searchParams.get('code') }
  },
  'team.info': async () => ({}),
  'usergroups.list': async () => ({ include_users: true, include_count: true }),
  'usergroups.users.list': async () => ({ usergroup: 'S0DBAS' }),
  'usergroups.users.update': async () => ({ usergroup: 'S0DBAS', users: 'U0OLGA' }),
  'users.info': async () => ({ user: 'U0GINA', include_locale: true }),
  'users.list': async () => ({}),
  'views.open': async () => ({ trigger_id: await trigger(), view: VIEW }),
}

describe('responses against the logs', () => {
  it.each(Object.keys(GOOD))('%s answers with nothing the logs lack', async (method) => {
    const { body } = await callApi(sandbox, method, await GOOD[method]?.())
    expect(body).toMatchObject({ ok: true })
    expect(strays(body, log(`api.${method}.json`))).toEqual([])
  })

  it.each(['C0SECRET', 'D'])(
    'conversations.info of %s answers with nothing the logs lack',
    async (channel) => {
      const id = channel === 'D' ? await sandbox.client.as('U0DANA').directChannel() : channel
      const { body } = await callApi(sandbox, 'conversations.info', { channel: id })
      expect(body).toMatchObject({ ok: true })
      expect(strays(body, log('api.conversations.info.json'))).toEqual([])
    },
  )

  it.each(['U0OLGA', 'U0SOLO', 'U0STRA', 'U0GONE', 'U0BOT'])(
    'users.info of %s answers with nothing the logs lack',
    async (user) => {
      const { body } = await callApi(sandbox, 'users.info', { user })
      expect(strays(body, log('api.users.info.json'))).toEqual([])
    },
  )

  it('apps.connections.open answers with nothing the logs lack', async () => {
    const socketed = await startSandbox(exampleWith({ socketMode: true }))
    onTestFinished(() => socketed.close())
    const { body } = await callApi(
      socketed,
      'apps.connections.open',
      {},
      { token: exampleApp.appToken ?? '' },
    )
    expect(body.ok).toBe(true)
    expect(strays(body, log('api.apps.connections.open.json'))).toEqual([])
  })

  it('covers every logged method that the sandbox has', () => {
    const logged = readdirSync(new URL('./slack-data/json-logs/', import.meta.url))
      .filter((f) => f.startsWith('api.'))
      .map((f) => f.slice('api.'.length, -'.json'.length))
    const uncovered = logged.filter((m) => m in HANDLERS && !(m in GOOD) && m !== 'apps.connections.open')
    expect(uncovered).toEqual([])
  })
})

describe('payloads against the logs', () => {
  const last = (name: (r: Received) => boolean) => app.received.findLast(name)

  it('a command carries what Slack sends', async () => {
    await sandbox.client.as('U0DANA').command('/hello', 'x', { channel: 'C0GENERAL' })
    const form = last((r) => r.form.has('command'))?.form ?? new URLSearchParams()
    const superset = log('SlashCommandPayload.json')
    expect([...form.keys()].filter((key) => !(key in superset))).toEqual([])
    for (const key of ['response_url', 'trigger_id', 'user_id', 'channel_id', 'team_id'])
      expect(form.get(key)).toBeTruthy()
  })

  it('a message shortcut carries what Slack sends, and a global one less', async () => {
    const dana = sandbox.client.as('U0DANA')
    const message = await dana.say('C0GENERAL', 'It broke')
    await dana.shortcut('file', { message })
    const sent = last(isType('message_action'))?.payload
    expect(strays(sent, log('MessageShortcutPayload.json'))).toEqual([])
    expect(sent).toMatchObject({ callback_id: 'file', message_ts: message.ts, message: { text: 'It broke' } })
    await dana.shortcut('ask')
    expect(Object.keys(last(isType('shortcut'))?.payload ?? {})).toEqual(
      expect.arrayContaining(['team', 'user', 'callback_id', 'trigger_id']),
    )
    expect(last(isType('shortcut'))?.payload).not.toHaveProperty('response_url')
  })

  it('an action on a message, an action in a modal, a submission and a closing carry what Slack sends', async () => {
    const dana = sandbox.client.as('U0DANA')
    const blocks = [VIEW.blocks[1]]
    await callApi(sandbox, 'chat.postMessage', { channel: 'C0GENERAL', text: 'x', blocks })
    await sandbox.client.waitFor(async () => (await dana.views()).length === 0 || (await dana.closeView()))
    await dana.press('push')
    expect(strays(last(isType('block_actions'))?.payload, log('BlockActionPayload.json'))).toEqual([])
    expect(last(isType('block_actions'))?.payload).toMatchObject({
      container: { type: 'message' },
      message: { text: 'x' },
      response_url: expect.any(String),
    })
    await callApi(sandbox, 'views.open', { trigger_id: await trigger(), view: VIEW })
    await dana.press('push')
    const inView = last(isType('block_actions'))?.payload ?? {}
    expect(strays(withoutBlocks(inView), log('BlockActionPayload.json'))).toEqual([])
    await dana.submit({ a: 'text' })
    const submission = withoutBlocks(last(isType('view_submission'))?.payload ?? {})
    expect(strays(submission, { ...log('ViewSubmissionPayload.json'), response_urls: [] })).toEqual([])
    await callApi(sandbox, 'views.open', { trigger_id: await trigger(), view: VIEW })
    await dana.closeView()
    const closed = withoutBlocks(last(isType('view_closed'))?.payload ?? {})
    expect(strays(closed, { ...log('ViewClosedPayload.json'), is_cleared: false })).toEqual([])
  })

  it('events carry what Slack sends', async () => {
    const { client } = sandbox
    await client.as('U0DANA').openHome()
    await client.updateUser('U0GINA', { realName: 'Gina Renamed' })
    await client.addUser({ id: 'U0NEW', name: 'new', realName: 'New Person', tz: 'UTC', role: 'member' })
    await client.setUsergroupUsers('S0DBAS', ['U0MAX'])
    await client.addToChannel('C0GENERAL', 'U0NEW')
    const logs: Record<string, string> = {
      app_home_opened: 'event.AppHomeOpened.json',
      user_change: 'event.UserChange.json',
      team_join: 'event.TeamJoin.json',
      subteam_members_changed: 'event.SubteamMembersChanged.json',
      subteam_updated: 'event.SubteamUpdated.json',
      member_joined_channel: 'event.MemberJoinedChannel.json',
    }
    for (const [type, file] of Object.entries(logs)) {
      const isEvent = (r: Received) => asObject(r.payload.event).type === type
      await client.waitFor(() => app.received.some(isEvent), { what: type })
      const { event_ts: _ts, ...event } = asObject(last(isEvent)?.payload.event)
      expect(strays({ ...last(isEvent)?.payload, event }, log(file))).toEqual([])
    }
  })
})

function isType(type: string): (received: Received) => boolean {
  return ({ payload }) => payload.type === type
}

/** The logs of interaction payloads hold views without their blocks. */
function withoutBlocks(payload: Json): Json {
  const { blocks: _blocks, ...view } = asObject(payload.view)
  return { ...payload, view }
}
