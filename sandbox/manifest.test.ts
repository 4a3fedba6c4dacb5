import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { appFromManifest } from './manifest.ts'

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
      },
      oauth_config: { scopes: { bot: ['commands', 'chat:write'] } },
      settings: {
        event_subscriptions: { bot_events: ['user_change'], request_url: 'https://bot.test/events' },
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
    events: ['user_change'],
    requestUrl: 'https://bot.test/events',
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
