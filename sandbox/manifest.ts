import { asArray, asObject, asObjects, asString } from './json.ts'
import type { AppSeed } from './types.ts'

/** What a manifest does not say of an app: its ids and secrets. */
export type AppSecrets = Pick<
  AppSeed,
  'appId' | 'botUserId' | 'botId' | 'botToken' | 'appToken' | 'signingSecret' | 'requestUrl'
>

/**
 * Describes an app from its manifest (parsed YAML or JSON): name, scopes, commands, events, Home and Messages tab, Socket Mode, and the
 * request URL where the secrets name none.
 */
export function appFromManifest(manifest: unknown, secrets: AppSecrets): AppSeed {
  const { display_information, features, oauth_config, settings } = asObject(manifest)
  const { bot_user, slash_commands, app_home } = asObject(features)
  const { interactivity, event_subscriptions, socket_mode_enabled } = asObject(settings)
  const home = asObject(app_home)
  const commands = asObjects(slash_commands).map((c) => ({
    command: asString(c.command),
    shouldEscape: c.should_escape === true,
    description: asString(c.description),
    usageHint: asString(c.usage_hint),
  }))
  const requestUrl =
    secrets.requestUrl ||
    asString(asObject(interactivity).request_url) ||
    asString(asObject(event_subscriptions).request_url)
  return {
    ...secrets,
    name: asString(asObject(bot_user).display_name) || asString(asObject(display_information).name),
    scopes: asArray(asObject(asObject(oauth_config).scopes).bot).map(asString),
    commands,
    events: asArray(asObject(event_subscriptions).bot_events).map(asString),
    socketMode: socket_mode_enabled === true,
    homeTab: home.home_tab_enabled === true,
    messagesTab: home.messages_tab_enabled !== false && home.messages_tab_read_only_enabled !== true,
    ...(requestUrl ? { requestUrl } : {}),
  }
}
