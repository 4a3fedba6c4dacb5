import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { appFromManifest } from './manifest.ts'
import { notOffered } from './manifest-coverage.ts'

const SECRETS = { appId: 'A1', botUserId: 'U1', botId: 'B1', botToken: 'xoxb-1', signingSecret: 's' }

it('reads an app out of a manifest', () => {
  const app = appFromManifest(
    {
      display_information: { name: 'Long name' },
      features: {
        bot_user: { display_name: 'Bot' },
        app_home: {
          home_tab_enabled: true,
          messages_tab_enabled: true,
          messages_tab_read_only_enabled: false,
        },
        slash_commands: [{ command: '/go', should_escape: true }, { command: '/stop' }],
        shortcuts: [
          { name: 'Go', type: 'global', callback_id: 'go', description: 'Goes' },
          { name: 'Take', type: 'message', callback_id: 'take', description: 'Takes it' },
        ],
      },
      oauth_config: { scopes: { bot: ['commands', 'chat:write'] } },
      settings: {
        event_subscriptions: { bot_events: ['user_change'], request_url: 'http://127.0.0.1:3000/events' },
        socket_mode_enabled: false,
      },
    },
    SECRETS,
  )
  expect(app).toMatchObject({
    ...SECRETS,
    name: 'Bot',
    scopes: ['commands', 'chat:write'],
    commands: [
      { command: '/go', shouldEscape: true },
      { command: '/stop', shouldEscape: false },
    ],
    shortcuts: [
      { name: 'Go', type: 'global', callbackId: 'go', description: 'Goes' },
      { name: 'Take', type: 'message', callbackId: 'take', description: 'Takes it' },
    ],
    events: ['user_change'],
    requestUrl: 'http://127.0.0.1:3000/events',
    socketMode: false,
    homeTab: true,
    messagesTab: true,
  })
})

it("reads the schema's own valid example", () => {
  const path = new URL('./slack-data/manifest/manifest.valid.json', import.meta.url)
  const app = appFromManifest(JSON.parse(readFileSync(path, 'utf8')), SECRETS)
  expect(app).toMatchObject({
    name: 'test',
    scopes: ['chat:write', 'chat:write.public'],
    socketMode: true,
    homeTab: false,
    messagesTab: false,
  })
})

describe('the request URL', () => {
  const withUrl = (url: string) => ({ settings: { interactivity: { is_enabled: true, request_url: url } } })

  it.each([
    'http://localhost:3000/slack/events',
    'http://127.0.0.1/x',
    'https://127.8.9.1/x',
    'http://[::1]:3000/x',
  ])('of the manifest is used where it is on this machine: %s', (url) =>
    expect(appFromManifest(withUrl(url), SECRETS).requestUrl).toBe(url),
  )

  it.each([
    'https://daypass.example.com/slack/events',
    'https://localhost.example.com/x',
    'https://127.0.0.1.example.com/x',
    'https://127.0.0.1@example.com/x',
    'http://10.0.0.1/x',
    'file:///etc/passwd',
    'not a URL',
  ])('of the manifest is not used where it may be of somebody else: %s', (url) => {
    expect(appFromManifest(withUrl(url), SECRETS).requestUrl).toBeUndefined()
  })

  it('is the one that was named, wherever it leads', () => {
    const told = 'https://staging.example.com/slack/events'
    const seed = appFromManifest(withUrl('http://127.0.0.1:1/x'), { ...SECRETS, requestUrl: told })
    expect(seed.requestUrl).toBe(told)
  })
})

it('tells what of a manifest the sandbox does not offer', () => {
  const manifest = {
    features: {
      unfurl_domains: [],
      slash_commands: [{ url: 'https://a.test' }],
    },
    oauth_config: { scopes: { bot: ['commands'], user: ['chat:write'] } },
    settings: {
      event_subscriptions: { bot_events: ['user_change', 'link_shared'] },
      interactivity: { request_url: 'https://b.test' },
      token_rotation_enabled: false,
    },
  }
  expect(notOffered(manifest)).toEqual(['user tokens', 'several request URLs', 'the event link_shared'])
  expect(notOffered({})).toEqual([])
})
