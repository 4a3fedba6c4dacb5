import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import * as ajvFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { botScopes, missingScopes } from '../../src/slack/api/scopes.ts'
import { allFeatures } from '../../src/slack/features/all.ts'
import type { FeatureParts } from '../../src/slack/features/feature.ts'
import { joinFeatures } from '../../src/slack/kit/listener.ts'

const data = new URL('../../sandbox/slack-data/', import.meta.url)
const json = (path: string) => JSON.parse(readFileSync(new URL(path, data), 'utf8'))
const manifest = parse(readFileSync(new URL('../../manifest.yml', import.meta.url), 'utf8'))
const listed: string[] = manifest.oauth_config.scopes.bot

/** Listeners take their parts when they are made, and use them when something happens: never here. */
const listeners = joinFeatures(allFeatures({} as FeatureParts))

/** Every Web API method that the source calls, as it is written there: `client.users.info(`. */
function methodsInUse(): string[] {
  const root = new URL('../../src/slack/', import.meta.url)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  )
  const calls = files.flatMap((file) => [
    ...readFileSync(new URL(file, root), 'utf8').matchAll(/\bclient\.([a-z]+(?:\.[a-zA-Z]+)+)\(/g),
  ])
  return [...new Set(calls.map((call) => call[1] ?? ''))].sort()
}

/** Of the scopes that let a method work on several kinds of conversation, those for the kinds in use. */
const kindsInUse: Record<string, string[]> = {
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.open': ['im:write'],
  // For those who add its scopes themselves (docs/slack.md).
  'conversations.history': [],
}

describe('the manifest', () => {
  it('is valid by the schema that Slack publishes', () => {
    const ajv = new Ajv({ strict: false, allErrors: true })
    ajvFormats.default.default(ajv)
    const validate = ajv.compile(json('manifest/manifest.schema.2.0.0.json'))
    validate(manifest)
    expect(validate.errors).toBeNull()
    expect(validate({ ...manifest, display_information: { name: 'x'.repeat(36) } })).toBe(false)
  })

  it('asks for the scopes that the methods and events in use need, and for no others', () => {
    const methods = methodsInUse()
    expect(methods).toContain('chat.postMessage')
    const forMethods = methods.flatMap((method) => {
      const needed: string[] = json(`api-ref/methods/${method}.json`).scope?.bot ?? []
      return kindsInUse[method]?.filter((scope) => needed.includes(scope)) ?? needed
    })
    const events: { name: string; scopes: string[] }[] = json('api-ref/events.json')
    const forEvents = (manifest.settings.event_subscriptions.bot_events as string[]).flatMap((name) => {
      const event = events.find((known) => known.name === name)
      expect(event, name).toBeDefined()
      return event?.scopes ?? []
    })
    // `users.info` shows addresses only with the scope of their own; slash commands have one too.
    const needed = new Set([...forMethods, ...forEvents, 'users:read.email', 'commands'])
    expect([...needed].sort()).toEqual([...listed].sort())
  })

  it('lists the scopes that the code checks for', () => {
    expect(botScopes.map(({ scope }) => scope).sort()).toEqual([...listed].sort())
    expect(missingScopes(listed)).toEqual([])
    expect(missingScopes(['commands']).map(({ scope }) => scope)).toContain('chat:write')
  })

  it('names the commands that are answered', () => {
    const commands: { command: string }[] = manifest.features.slash_commands
    expect(commands.map(({ command }) => command).sort()).toEqual([...listeners.commands.keys()].sort())
  })

  it('names the shortcuts that are answered', () => {
    const shortcuts: { callback_id: string }[] = manifest.features.shortcuts
    expect(shortcuts.map((one) => one.callback_id).sort()).toEqual([...listeners.shortcuts.keys()].sort())
  })

  it('subscribes to the events that are listened to, and to no others', () => {
    const events: string[] = manifest.settings.event_subscriptions.bot_events
    expect([...events].sort()).toEqual([...listeners.events.keys()].sort())
  })

  it('explains every scope in the documentation', () => {
    const page = readFileSync(new URL('../../docs/slack.md', import.meta.url), 'utf8')
    for (const scope of listed) expect(page).toContain(`\`${scope}\``)
  })
})
