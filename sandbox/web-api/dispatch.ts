import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Core } from '../core.ts'
import { readBody, sendJson } from '../http-body.ts'
import { asString, type Json } from '../json.ts'
import type { TrafficEntry } from '../types.ts'
import type { App } from '../workspace.ts'
import { missing, type Parsed, parseCall } from './arguments.ts'
import { Call } from './call.ts'
import { invalidArguments, SlackError } from './errors.ts'
import { isMethodOfSlack } from './method-names.ts'
import { HANDLERS } from './methods.ts'
import { playFault } from './play-fault.ts'
import { isDocumented, METHOD_SPECS, type MethodSpec } from './spec.ts'

/** Answers one call of the Web API. */
export async function handleApiCall(
  core: Core,
  request: IncomingMessage,
  response: ServerResponse,
  method: string,
  query: URLSearchParams,
): Promise<void> {
  const started = performance.now()
  const body = (await readBody(request)).toString('utf8')
  const entry = core.traffic.begin({
    direction: 'from_app',
    transport: 'http',
    name: method,
    request: { headers: { 'content-type': request.headers['content-type'] ?? '' }, body },
  })
  const fault = core.faults.take(method)
  try {
    if ((await playFault(fault, response, entry)) === 'answered') return
    const answer = await answerCall(core, request, method, query, body, entry)
    record(entry, answer.status, answer.body)
    if (fault?.kind === 'lost_response') {
      entry.error = 'lost_response'
      response.destroy()
    } else sendJson(response, answer.status, answer.body, answer.headers)
  } finally {
    entry.durationMs = Math.round(performance.now() - started)
    core.traffic.end(entry)
  }
}

function record(entry: TrafficEntry, status: number, body: Json): void {
  entry.response = { status, body: JSON.stringify(body) }
  if (body.ok !== true) entry.error = asString(body.error)
}

interface Reply {
  status: number
  body: Json
  headers: Record<string, string>
}

async function answerCall(
  core: Core,
  request: IncomingMessage,
  method: string,
  query: URLSearchParams,
  body: string,
  entry: TrafficEntry,
): Promise<Reply> {
  const spec = METHOD_SPECS.get(method)
  let app: App | undefined
  try {
    if (!spec || !HANDLERS[method]) throw unknown(core, method, entry)
    const type = request.headers['content-type'] ?? ''
    const json = type.startsWith('application/json')
    const usable = json && !spec.json ? '' : body
    if (json && !spec.json && body)
      core.traffic.violate('json_not_supported', `${method} takes no JSON body`, entry)
    const parsed = parseCall(query, type, usable, request.headers.authorization ?? '')
    entry.request.payload = parsed.args
    app = authenticate(core, spec, parsed)
    entry.appId = app.appId
    return {
      status: 200,
      body: await run(core, app, spec, parsed.args, entry),
      headers: scopeHeaders(app, spec),
    }
  } catch (error) {
    return refusal(core, entry, spec, error, app)
  }
}

/** The code is Slack's for both; the message, which the client logs, and the violation say which it is. */
function unknown(core: Core, method: string, entry: TrafficEntry): SlackError {
  const real = isMethodOfSlack(method)
  const what = real ? 'is a method of Slack that this sandbox does not offer' : 'is no method of the Web API'
  core.traffic.violate(real ? 'method_not_offered' : 'unknown_method', `${method} ${what}`, entry)
  return new SlackError('unknown_method', {
    req_method: method,
    response_metadata: { messages: [`[ERROR] ${method} ${what}`] },
  })
}

function authenticate(core: Core, spec: MethodSpec, { token, args }: Pick<Parsed, 'token' | 'args'>): App {
  const apps = [...core.workspace.apps.values()]
  if (spec.method === 'oauth.v2.access') {
    const installing = apps.find((a) => a.clientId && a.clientId === args.client_id)
    if (!installing) throw new SlackError('invalid_client_id')
    return installing
  }
  const [first] = apps
  if (spec.method === 'blocks.validate' && first && !token) return first
  if (!token) throw new SlackError('not_authed')
  const wantsAppToken = spec.method === 'apps.connections.open'
  const app = apps.find((a) => a.botToken === token || a.appToken === token)
  if (!app) throw new SlackError('invalid_auth')
  const isAppToken = app.appToken === token
  if (isAppToken !== wantsAppToken) throw new SlackError('not_allowed_token_type')
  if (app.tokenRevoked && !isAppToken) throw new SlackError('token_revoked')
  return app
}

async function run(core: Core, app: App, spec: MethodSpec, args: Json, entry: TrafficEntry): Promise<Json> {
  const call = new Call(core, app, spec, args, entry)
  if (core.workspace.settings.rate_limits) {
    const wait = core.rateTiers.check(spec, app.appId, call.text('channel'))
    if (wait > 0) throw new SlackError('ratelimited', { retry_after: wait })
  }
  if (spec.scopes.length > 0) call.needScope(...spec.scopes)
  const absent = missing(spec, args)
  if (absent.length > 0) throw invalidArguments(...absent.map((name) => `missing required field: ${name}`))
  // Official clients put team_id on every call; methods that do not use it take no notice.
  for (const name of Object.keys(args)) {
    if (!spec.properties.includes(name) && name !== 'team_id')
      core.traffic.violate('unknown_argument', `${spec.method} knows no ${name}`, entry)
  }
  const handler = HANDLERS[spec.method]
  if (!handler) throw new SlackError('unknown_method')
  const answer = await handler(call)
  for (const name of call.unread()) {
    if (name !== 'token' && name !== 'team_id')
      core.traffic.violate(
        'argument_not_offered',
        `${spec.method}: this sandbox does nothing with ${name}`,
        entry,
      )
  }
  return { ok: true, ...answer }
}

function refusal(
  core: Core,
  entry: TrafficEntry,
  spec: MethodSpec | undefined,
  error: unknown,
  app: App | undefined,
): Reply {
  if (!(error instanceof SlackError)) {
    core.traffic.violate(
      'sandbox_defect',
      error instanceof Error ? (error.stack ?? error.message) : String(error),
      entry,
    )
    return { status: 200, body: { ok: false, error: 'internal_error' }, headers: {} }
  }
  const { code } = error
  const headers = app && spec ? scopeHeaders(app, spec) : {}
  if (code === 'ratelimited') {
    core.traffic.violate('ratelimited', `${entry.name} called too often`, entry)
    return {
      status: 429,
      body: { ok: false, error: code },
      headers: { 'retry-after': String(error.extra.retry_after) },
    }
  }
  if (spec && !isDocumented(spec, code)) {
    core.traffic.violate('sandbox_defect', `${spec.method} does not document ${code}`, entry)
  }
  if (BLAMED.has(code)) core.traffic.violate(code, `${entry.name}: ${JSON.stringify(error.extra)}`, entry)
  return { status: 200, body: { ok: false, error: code, ...error.extra }, headers }
}

/** Errors that a correct app never causes. Each is recorded as a violation. */
const BLAMED = new Set([
  'missing_scope',
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_arguments',
  'no_text',
  'msg_too_long',
  'msg_blocks_too_long',
  'invalid_json',
  'not_allowed_token_type',
  'view_too_large',
  'push_limit_reached',
])

function scopeHeaders(app: App, spec: MethodSpec): Record<string, string> {
  return { 'x-oauth-scopes': app.scopes.join(','), 'x-accepted-oauth-scopes': spec.scopes.join(',') }
}
