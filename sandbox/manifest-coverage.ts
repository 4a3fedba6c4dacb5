import { SENT_EVENTS } from './events.ts'
import { asArray, asObject, asString, type Json } from './json.ts'
import { requestUrlsOf } from './manifest.ts'

/** Parts of a manifest for which the sandbox does nothing, with the words for them. */
const PARTS: readonly [string, (manifest: Json) => unknown][] = [
  ['link unfurling', ({ features }) => asObject(features).unfurl_domains],
  ['the assistant', ({ features }) => asObject(features).assistant_view],
  ['workflow steps', ({ features }) => asObject(features).workflow_steps],
  ['functions and workflows', ({ functions, workflows }) => functions ?? workflows],
  ['user tokens', ({ oauth_config }) => asObject(asObject(oauth_config).scopes).user],
  [
    'incoming webhooks',
    ({ settings }) => asObject(asObject(settings).incoming_webhooks).incoming_webhooks_enabled,
  ],
  ['token rotation', ({ settings }) => asObject(settings).token_rotation_enabled],
  ['organisation-wide installation', ({ settings }) => asObject(settings).org_deploy_enabled],
]

/** The parts of a manifest that the sandbox does not offer, then the events that it never sends. */
export function notOffered(manifest: unknown): string[] {
  const parts = PARTS.filter(([, part]) => isUsed(part(asObject(manifest)))).map(([words]) => words)
  const { event_subscriptions } = asObject(asObject(manifest).settings)
  const offered: readonly string[] = SENT_EVENTS
  const events = asArray(asObject(event_subscriptions).bot_events)
    .map(asString)
    .filter((name) => !offered.includes(name))
  const several = requestUrlsOf(manifest).length > 1 ? ['several request URLs'] : []
  return [...parts, ...several, ...events.map((name) => `the event ${name}`)]
}

function isUsed(part: unknown): boolean {
  if (Array.isArray(part)) return part.length > 0
  return typeof part === 'object' ? Object.keys(asObject(part)).length > 0 : part === true
}
