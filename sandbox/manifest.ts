import { asArray, asObject, asObjects, asString } from './json.ts'
import { isLoopbackUrl } from './loopback.ts'
import type { AppSeed } from './types.ts'

/** The ids and secrets of an app, which its manifest does not contain. */
export type AppSecrets = Pick<
  AppSeed,
  'appId' | 'botUserId' | 'botId' | 'botToken' | 'appToken' | 'signingSecret' | 'requestUrl'
>

/**
 * Describes an app from its manifest (parsed YAML or JSON): name, scopes, commands, shortcuts, events, Home and Messages tab, Socket Mode.
 * The manifest's request URL is used only where it leads to this machine; the secrets may name another, wherever it leads.
 */
export function appFromManifest(manifest: unknown, secrets: AppSecrets): AppSeed {
  const { display_information, features, oauth_config, settings } = asObject(manifest)
  const { bot_user, slash_commands, shortcuts, app_home } = asObject(features)
  const { event_subscriptions, socket_mode_enabled } = asObject(settings)
  const home = asObject(app_home)
  const commands = asObjects(slash_commands).map((c) => ({
    command: asString(c.command),
    shouldEscape: c.should_escape === true,
    description: asString(c.description),
    usageHint: asString(c.usage_hint),
  }))
  const used = asObjects(shortcuts).map((s) => ({
    callbackId: asString(s.callback_id),
    type: s.type === 'message' ? ('message' as const) : ('global' as const),
    name: asString(s.name),
    description: asString(s.description),
  }))
  const requestUrl = secrets.requestUrl || requestUrlsOf(manifest).find(isLoopbackUrl)
  return {
    ...secrets,
    name: asString(asObject(bot_user).display_name) || asString(asObject(display_information).name),
    scopes: asArray(asObject(asObject(oauth_config).scopes).bot).map(asString),
    commands,
    shortcuts: used,
    events: asArray(asObject(event_subscriptions).bot_events).map(asString),
    socketMode: socket_mode_enabled === true,
    homeTab: home.home_tab_enabled === true,
    messagesTab: home.messages_tab_enabled !== false && home.messages_tab_read_only_enabled !== true,
    ...(requestUrl ? { requestUrl } : {}),
  }
}

/** Each different address that a manifest names for interactivity, events and commands, in this order. */
export function requestUrlsOf(manifest: unknown): string[] {
  const { features, settings } = asObject(manifest)
  const { interactivity, event_subscriptions } = asObject(settings)
  const urls = [
    asObject(interactivity).request_url,
    asObject(event_subscriptions).request_url,
    ...asObjects(asObject(features).slash_commands).map(({ url }) => url),
  ]
  return [...new Set(urls.map(asString).filter(Boolean))]
}
