import type { Core } from '../core.ts'
import { asObjects, isObject, type Json, parseJson } from '../json.ts'
import type { TrafficEntry } from '../types.ts'
import type { App, Channel } from '../workspace.ts'
import { invalidArguments, SlackError } from './errors.ts'
import type { MethodSpec } from './spec.ts'

/** One call of a method. Reads the arguments as Slack does: each is a string, or the JSON in that string. */
export class Call {
  readonly core: Core
  readonly app: App
  readonly spec: MethodSpec
  readonly entry: TrafficEntry
  private readonly args: Json
  private readonly read = new Set<string>()

  constructor(core: Core, app: App, spec: MethodSpec, args: Json, entry: TrafficEntry) {
    this.core = core
    this.app = app
    this.spec = spec
    this.args = args
    this.entry = entry
  }

  has(name: string): boolean {
    const value = this.value(name)
    return value !== undefined && value !== null && value !== ''
  }

  text(name: string): string {
    const value = this.value(name)
    if (typeof value === 'string') return value
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
  }

  flag(name: string, otherwise = false): boolean {
    if (!this.has(name)) return otherwise
    return ['true', '1'].includes(this.text(name).toLowerCase())
  }

  number(name: string, otherwise: number): number {
    if (!this.has(name)) return otherwise
    const value = Number(this.text(name))
    return Number.isFinite(value) ? value : otherwise
  }

  /** A JSON argument: as it is, or parsed out of its string. */
  json(name: string): unknown {
    const value = this.value(name)
    return typeof value === 'string' ? parseJson(value) : value
  }

  object(name: string): Json | undefined {
    if (!this.has(name)) return undefined
    const value = this.json(name)
    if (!isObject(value)) throw invalidArguments(`must provide an object [json-pointer:/${name}]`)
    return value
  }

  /** The `blocks` of a message; undefined where there are none. */
  blocks(): Json[] | undefined {
    if (!this.has('blocks')) return undefined
    const value = this.json('blocks')
    if (!Array.isArray(value)) {
      const code = this.spec.errors.has('invalid_blocks_format') ? 'invalid_blocks_format' : 'invalid_blocks'
      throw new SlackError(code)
    }
    if (value.some((b) => !isObject(b))) throw new SlackError('invalid_blocks')
    return value.length === 0 ? undefined : asObjects(value)
  }

  /** A comma-separated list, or a JSON array. */
  list(name: string): string[] {
    const value = this.value(name)
    if (Array.isArray(value)) return value.map(String)
    const text = this.text(name)
    const parsed = text.startsWith('[') ? parseJson(text) : undefined
    if (Array.isArray(parsed)) return parsed.map(String)
    return text
      .split(',')
      .map((s) => s.trim())
      .filter(Boolean)
  }

  /** Refuses where the app was given none of these scopes. */
  needScope(...anyOf: string[]): void {
    if (anyOf.some((scope) => this.app.scopes.includes(scope))) return
    throw new SlackError('missing_scope', { needed: anyOf.join(','), provided: this.app.scopes.join(',') })
  }

  /** The arguments of this method that were given with an effect in Slack, and that no code here has read. */
  unread(): string[] {
    return this.spec.properties.filter((name) => {
      const given = String(this.args[name] ?? '')
      const usual = name === 'mrkdwn' ? 'true' : 'false'
      return given !== '' && given !== usual && !this.read.has(name)
    })
  }

  private value(name: string): unknown {
    this.read.add(name)
    return this.args[name]
  }

  isMember(channel: Channel): boolean {
    return channel.members.includes(this.app.botUserId)
  }
}

export type Handler = (call: Call) => Json | Promise<Json>
