import { readdirSync, readFileSync } from 'node:fs'
import { asArray, asObject, asString, isObject, type Json } from '../json.ts'
import { COMMON_ERRORS } from './errors.ts'
import { MORE_METHODS } from './more-methods.ts'

/** What the reference says about one method. */
export interface MethodSpec {
  method: string
  required: string[]
  properties: string[]
  /** Bot scopes, of which the app needs one. Empty: it needs none. */
  scopes: string[]
  errors: ReadonlySet<string>
  /** Calls a minute; undefined where there is no plain tier. */
  perMinute: number | undefined
  json: boolean
}

const FOLDER = new URL('../slack-data/api-ref/methods/', import.meta.url)
const TIERS: Record<string, number> = { t1: 1, t2: 20, t3: 50, t4: 100 }

/** Every method of the reference, by name. */
export const METHOD_SPECS: ReadonlyMap<string, MethodSpec> = new Map(
  [
    ...readdirSync(FOLDER)
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
      .map((method): [string, unknown] => [method, readReference(method)]),
    ...Object.entries(MORE_METHODS),
  ].map(([method, reference]) => [method, toSpec(method, reference)]),
)

function readReference(method: string): unknown {
  return JSON.parse(readFileSync(new URL(`${method}.json`, FOLDER), 'utf8'))
}

function toSpec(method: string, reference: unknown): MethodSpec {
  const spec = asObject(reference)
  const args = asObject(spec.args)
  return {
    method,
    required: asArray(args.required).map(asString),
    properties: Object.keys(asObject(args.properties)),
    scopes: asArray(asObject(spec.scope).bot).map(asString),
    errors: new Set(Object.keys(asObject(spec.errors))),
    perMinute: TIERS[asString(spec.rate_limits)],
    json: spec.json_input_supported === true,
  }
}

/** Whether a method may answer with this error. */
export function isDocumented(spec: MethodSpec, code: string): boolean {
  return spec.errors.has(code) || COMMON_ERRORS.has(code)
}

/** The first of these codes that the method documents. */
export function firstDocumented(spec: MethodSpec, codes: string[]): string {
  return codes.find((code) => spec.errors.has(code)) ?? 'invalid_arguments'
}

const events: unknown = JSON.parse(
  readFileSync(new URL('../slack-data/api-ref/events.json', import.meta.url), 'utf8'),
)

/** Events of Slack that the reference lacks. */
const FORGOTTEN: Record<string, string[]> = {
  channel_archive: ['channels:read'],
  channel_unarchive: ['channels:read'],
  group_archive: ['groups:read'],
  group_unarchive: ['groups:read'],
  user_profile_changed: ['users:read'],
}

/** The scopes of an event, any one of which suffices; undefined for an event Slack does not have. */
export function eventScopes(name: string): string[] | undefined {
  const forgotten = FORGOTTEN[name]
  if (forgotten) return forgotten
  const found = asArray(events).find((e): e is Json => isObject(e) && e.name === name)
  // The reference misspells this one scope.
  return (
    found && asArray(found.scopes).map((s) => (s === 'app_mentions.read' ? 'app_mentions:read' : asString(s)))
  )
}
