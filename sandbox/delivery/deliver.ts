import { randomUUID } from 'node:crypto'
import { BoundedMap } from '../bounded-map.ts'
import type { Json } from '../json.ts'
import type { Traffic } from '../traffic.ts'
import type { RawAnswer, RawPost, Timing, TrafficEntry } from '../types.ts'
import type { App, Workspace } from '../workspace.ts'
import type { Answer } from './answer.ts'
import { makeAgents, post } from './http.ts'
import { sign } from './sign.ts'
import type { Envelope, Sockets } from './socket.ts'

const FORM = 'application/x-www-form-urlencoded'

/** A payload for an app: a form or JSON body over HTTP, an envelope over a socket. */
export interface Delivery {
  /** For the record: `slash_commands`, `block_actions`, `event:team_join`, ... */
  name: string
  kind: Envelope['type']
  payload: Json
  acceptsResponse: boolean
  retry?: { num: number; reason: string }
}

/** Delivers payloads to apps over HTTP (signed) or Socket Mode, enforces the acknowledgement time, and records everything. */
export class Deliverer {
  private readonly agents = makeAgents()
  private readonly envelopes = new BoundedMap<string, { id: string; envelope: Envelope }>(5000)
  private readonly workspace: Workspace
  private readonly sockets: Sockets
  private readonly traffic: Traffic
  private readonly timing: Timing

  constructor(workspace: Workspace, sockets: Sockets, traffic: Traffic, timing: Timing) {
    this.workspace = workspace
    this.sockets = sockets
    this.traffic = traffic
    this.timing = timing
  }

  async deliver(app: App, delivery: Delivery): Promise<Answer> {
    return app.socketMode ? this.overSocket(app, delivery) : this.overHttp(app, delivery)
  }

  private async overHttp(app: App, delivery: Delivery): Promise<Answer> {
    const { contentType, body } = httpBody(delivery)
    const headers = signedHeaders(app, contentType, body)
    if (delivery.retry) {
      headers['x-slack-retry-num'] = String(delivery.retry.num)
      headers['x-slack-retry-reason'] = delivery.retry.reason
    }
    const entry = this.begin(app, delivery, 'http', headers, body)
    return this.finish(entry, await this.postTo(app, headers, body))
  }

  private async overSocket(app: App, delivery: Delivery): Promise<Answer> {
    const envelope: Envelope = {
      type: delivery.kind,
      payload: delivery.payload,
      accepts_response_payload: delivery.acceptsResponse,
      ...(delivery.kind === 'events_api'
        ? { retry_attempt: delivery.retry?.num ?? 0, retry_reason: delivery.retry?.reason ?? '' }
        : {}),
    }
    const id = randomUUID()
    const entry = this.begin(app, delivery, 'socket', {}, JSON.stringify({ envelope_id: id, ...envelope }))
    this.envelopes.set(entry.id, { id, envelope })
    return this.finish(entry, await this.sockets.send(app.appId, envelope, this.timing.ackMs, id))
  }

  /** Sends the same bytes of an earlier delivery again, as an attacker who recorded them could. */
  async redeliver(entryId: string): Promise<RawAnswer> {
    const earlier = this.traffic.find(entryId)
    const app = this.workspace.apps.get(earlier?.appId ?? '')
    if (!earlier || !app || earlier.direction !== 'to_app') throw new Error(`no delivery ${entryId}`)
    const { direction, transport, appId, request } = earlier
    const name = `${earlier.name}:replay`
    const entry = this.traffic.begin({ direction, transport, name, request, ...(appId ? { appId } : {}) })
    const socket = this.envelopes.get(entryId)
    const answer = socket
      ? await this.sockets.send(app.appId, socket.envelope, this.timing.ackMs, socket.id)
      : await this.postTo(app, earlier.request.headers, earlier.request.body)
    return rawAnswer(await this.finish(entry, answer))
  }

  /** Posts any body with any signature and timestamp, as an attacker could. */
  async raw(request: RawPost): Promise<RawAnswer> {
    const app = request.appId ? this.workspace.apps.get(request.appId) : [...this.workspace.apps.values()][0]
    if (!app) throw new Error(`no app ${request.appId}`)
    const headers = signedHeaders(app, request.contentType ?? FORM, request.body, request.timestamp)
    if (request.signature === null) delete headers['x-slack-signature']
    else if (request.signature !== undefined) headers['x-slack-signature'] = request.signature
    Object.assign(headers, request.headers)
    const delivery: Delivery = { name: 'raw', kind: 'interactive', payload: {}, acceptsResponse: true }
    const entry = this.begin(app, delivery, 'http', headers, request.body)
    return rawAnswer(await this.finish(entry, await this.postTo(app, headers, request.body)))
  }

  /** Closes idle connections, so that they do not keep the process alive. */
  close(): void {
    this.agents.http.destroy()
    this.agents.https.destroy()
  }

  private postTo(app: App, headers: Record<string, string>, body: string): Promise<Answer> {
    const failed: Answer = {
      ok: false,
      status: 0,
      body: '',
      ms: 0,
      headers: {},
      failure: 'connection_failed',
    }
    if (!app.requestUrl) return Promise.resolve(failed)
    return post(this.agents, { url: app.requestUrl, headers, body, timeoutMs: this.timing.ackMs })
  }

  private begin(
    app: App,
    delivery: Delivery,
    transport: 'http' | 'socket',
    headers: Record<string, string>,
    body: string,
  ): TrafficEntry {
    return this.traffic.begin({
      direction: 'to_app',
      transport,
      appId: app.appId,
      name: delivery.name,
      request: { headers, body, payload: delivery.payload },
      ...(delivery.retry ? { retry: delivery.retry.num } : {}),
    })
  }

  private finish(entry: TrafficEntry, answer: Answer): Answer {
    entry.durationMs = answer.ms
    if (answer.status) entry.response = { status: answer.status, body: answer.body }
    if (answer.failure) entry.error = answer.failure
    if (answer.failure === 'timeout') {
      this.traffic.violate(
        'late_ack',
        `${entry.name} was not acknowledged within ${this.timing.ackMs} ms`,
        entry,
      )
    } else if (answer.failure && entry.name !== 'raw' && !entry.name.endsWith(':replay')) {
      this.traffic.violate(
        'not_acknowledged',
        `${entry.name}: ${answer.failure} ${answer.status || ''}`.trim(),
        entry,
      )
    }
    this.traffic.end(entry)
    return answer
  }
}

function httpBody(delivery: Delivery): { contentType: string; body: string } {
  if (delivery.kind === 'events_api') {
    return { contentType: 'application/json', body: JSON.stringify(delivery.payload) }
  }
  if (delivery.kind === 'slash_commands') {
    const fields = Object.entries(delivery.payload).map(([k, v]): [string, string] => [k, String(v)])
    return { contentType: FORM, body: new URLSearchParams(fields).toString() }
  }
  return {
    contentType: FORM,
    body: new URLSearchParams({ payload: JSON.stringify(delivery.payload) }).toString(),
  }
}

function signedHeaders(
  app: App,
  contentType: string,
  body: string,
  timestamp: number = Math.floor(Date.now() / 1000),
): Record<string, string> {
  return {
    'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    accept: 'application/json,*/*',
    'content-type': contentType,
    'x-slack-request-timestamp': String(timestamp),
    'x-slack-signature': sign(app.signingSecret, timestamp, body),
  }
}

function rawAnswer(answer: Answer): RawAnswer {
  const { status, body, ms, failure } = answer
  return { status, body, ms, ...(failure ? { error: failure } : {}) }
}
