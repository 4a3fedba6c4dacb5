import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Core } from '../core.ts'
import { readBody, sendJson } from '../http-body.ts'
import { asObjects, asString, isObject, type Json, parseJson } from '../json.ts'
import type { Block, TrafficEntry } from '../types.ts'
import { messageProblems } from '../validity/blocks.ts'
import { playFault } from '../web-api/play-fault.ts'
import type { App, Message } from '../workspace.ts'
import { withIds } from './elements.ts'

/** Answers a POST to a response_url. */
export async function handleResponseUrl(
  core: Core,
  request: IncomingMessage,
  response: ServerResponse,
  secret: string,
): Promise<void> {
  const started = performance.now()
  const body = (await readBody(request)).toString('utf8')
  const entry = core.traffic.begin({
    direction: 'from_app',
    transport: 'http',
    name: 'response_url',
    request: {
      headers: { 'content-type': request.headers['content-type'] ?? '' },
      body,
      payload: parseJson(body),
    },
  })
  const fault = core.faults.take('response_url')
  if ((await playFault(fault, response, entry)) === 'go_on') {
    const [status, answer] = respond(core, secret, body, entry)
    entry.response = { status, body: JSON.stringify(answer) }
    if (status !== 200) {
      entry.error = asString(answer.error)
      core.traffic.violate(asString(answer.error), `response_url: ${JSON.stringify(answer)}`, entry)
    }
    if (fault?.kind === 'lost_response') response.destroy()
    else sendJson(response, status, answer)
  }
  entry.durationMs = Math.round(performance.now() - started)
  core.traffic.end(entry)
}

function respond(core: Core, secret: string, body: string, entry: TrafficEntry): [number, Json] {
  const payload = parseJson(body)
  if (!isObject(payload)) return [400, { ok: false, error: 'invalid_payload' }]
  const problems = payload.blocks === undefined ? [] : messageProblems(payload.blocks)
  if (problems.length > 0) return [400, { ok: false, error: 'invalid_blocks', errors: problems }]
  const url = core.responseUrls.use(secret)
  if (typeof url === 'string') return [404, { ok: false, error: url }]
  entry.appId = url.appId
  const app = core.workspace.apps.get(url.appId)
  if (!app) return [404, { ok: false, error: 'invalid_url' }]
  if (payload.delete_original === true) {
    if (!url.source) return [404, { ok: false, error: 'message_not_found' }]
    core.workspace.removeMessage(url.source)
    return [200, { ok: true }]
  }
  if (!payload.text && !payload.blocks) return [400, { ok: false, error: 'no_text' }]
  // A command has no message of its own: there Slack posts a new one.
  if (payload.replace_original === true && url.source) return replace(core, url.source, payload)
  postAnswer(core, app, url, payload)
  return [200, { ok: true }]
}

function replace(core: Core, source: Message, payload: Json): [number, Json] {
  if (!core.workspace.findMessage(source.channel, source.ts)) {
    return [404, { ok: false, error: 'message_not_found' }]
  }
  source.text = asString(payload.text)
  source.blocks = withIds(asObjects(payload.blocks) as Block[])
  if (!source.ephemeralTo) source.edited = { user: source.userId, ts: core.workspace.nextTs() }
  return [200, { ok: true }]
}

/** Posts the answer of an app: ephemeral for the person, unless it says `in_channel`. */
export function postAnswer(
  core: Core,
  app: App,
  to: { userId: string; channel: string; threadTs?: string },
  payload: Json,
): Message {
  const threadTs = asString(payload.thread_ts) || to.threadTs
  const message = core.workspace.addMessage({
    channel: to.channel,
    userId: app.botUserId,
    botId: app.botId,
    appId: app.appId,
    text: asString(payload.text),
    blocks: withIds(asObjects(payload.blocks) as Block[]),
    ...(payload.response_type === 'in_channel' ? {} : { ephemeralTo: to.userId }),
    ...(threadTs ? { threadTs } : {}),
  })
  if (!message.ephemeralTo) core.events.messagePosted(message)
  return message
}
