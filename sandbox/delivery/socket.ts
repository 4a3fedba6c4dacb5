import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { asString, isObject, parseJson } from '../json.ts'
import type { Answer } from './answer.ts'

/** Slack allows at most this many sockets of one app at once. https://docs.slack.dev/apis/events-api/using-socket-mode */
const MAX_SOCKETS = 10

export interface Envelope {
  type: 'slash_commands' | 'interactive' | 'events_api'
  payload: unknown
  accepts_response_payload: boolean
  retry_attempt?: number
  retry_reason?: string
}

interface Options {
  pingMs: number
  onUnexpected: (appId: string, detail: string) => void
}

/** Socket Mode: single-use tickets, one envelope to one socket, acknowledgement by envelope id. */
export class Sockets {
  private readonly tickets = new Map<string, { appId: string; expires: number }>()
  private readonly open = new Map<string, WebSocket[]>()
  private readonly waiting = new Map<string, (body: string) => void>()
  private readonly late = new Set<string>()
  private readonly server = new WebSocketServer({ noServer: true })
  private readonly timer: NodeJS.Timeout
  private turn = 0
  private readonly options: Options

  constructor(http: Server, options: Options) {
    this.options = options
    http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head))
    this.timer = setInterval(() => this.pingAll(), options.pingMs)
  }

  /** A ticket for one connection, good for 30 s. */
  issueTicket(appId: string): string {
    const ticket = randomUUID()
    this.tickets.set(ticket, { appId, expires: Date.now() + 30_000 })
    return ticket
  }

  count(appId: string): number {
    return this.socketsOf(appId).length
  }

  /** Sends one envelope to one socket, in turn, and waits for its acknowledgement. */
  send(
    appId: string,
    envelope: Envelope,
    timeoutMs: number,
    envelopeId: string = randomUUID(),
  ): Promise<Answer> {
    const sockets = this.socketsOf(appId)
    const socket = sockets[this.turn++ % Math.max(sockets.length, 1)]
    const started = performance.now()
    const done = (rest: Omit<Answer, 'ms' | 'headers'>): Answer => ({
      ...rest,
      headers: {},
      ms: Math.round(performance.now() - started),
    })
    if (!socket) return Promise.resolve(done({ ok: false, status: 0, body: '', failure: 'no_socket' }))
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting.delete(envelopeId)
        this.late.add(envelopeId)
        resolve(done({ ok: false, status: 0, body: '', failure: 'timeout' }))
      }, timeoutMs)
      this.waiting.set(envelopeId, (body) => {
        clearTimeout(timer)
        resolve(done({ ok: true, status: 200, body }))
      })
      socket.send(JSON.stringify({ envelope_id: envelopeId, ...envelope }))
    })
  }

  /** Cuts each socket without a close frame, as a broken network does. */
  drop(): number {
    const all = [...this.open.values()].flat()
    for (const socket of all) socket.terminate()
    return all.length
  }

  /** Sends Slack's `disconnect` frame: the app is to reconnect. */
  sendDisconnect(reason: string): number {
    const all = [...this.open.values()].flat()
    for (const socket of all) {
      socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'sandbox' } }))
    }
    return all.length
  }

  /** Closes every socket with a proper handshake; those that do not answer within half a second are cut. */
  async close(): Promise<void> {
    clearInterval(this.timer)
    const all = [...this.open.values()].flat()
    await Promise.all(
      all.map(
        (socket) =>
          new Promise<void>((resolve) => {
            if (socket.readyState === socket.CLOSED) return resolve()
            const cut = setTimeout(() => socket.terminate(), 500)
            socket.once('close', () => {
              clearTimeout(cut)
              resolve()
            })
            socket.close(1001)
          }),
      ),
    )
    this.server.close()
  }

  private socketsOf(appId: string): WebSocket[] {
    return (this.open.get(appId) ?? []).filter((s) => s.readyState === s.OPEN)
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://sandbox')
    const id = url.searchParams.get('ticket') ?? ''
    const ticket = this.tickets.get(id)
    this.tickets.delete(id)
    if (!url.pathname.startsWith('/link') || !ticket || ticket.expires < Date.now()) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n')
      return
    }
    this.server.handleUpgrade(request, socket, head, (ws) => this.accept(ws, ticket.appId))
  }

  private accept(ws: WebSocket, appId: string): void {
    if (this.count(appId) >= MAX_SOCKETS) {
      ws.send(
        JSON.stringify({
          type: 'disconnect',
          reason: 'too_many_websockets',
          debug_info: { host: 'sandbox' },
        }),
      )
      ws.close()
      return
    }
    this.open.set(appId, [...this.socketsOf(appId), ws])
    ws.on('message', (data) => this.receive(appId, data.toString()))
    ws.on('close', () => this.open.set(appId, this.socketsOf(appId)))
    ws.on('error', () => ws.terminate())
    const debug_info = {
      host: `applink-${randomBytes(4).toString('hex')}`,
      approximate_connection_time: 18060,
    }
    const hello = {
      type: 'hello',
      num_connections: this.count(appId),
      connection_info: { app_id: appId },
      debug_info,
    }
    ws.send(JSON.stringify(hello))
  }

  private receive(appId: string, text: string): void {
    const frame = parseJson(text)
    const id = isObject(frame) ? asString(frame.envelope_id) : ''
    const resolve = this.waiting.get(id)
    this.waiting.delete(id)
    if (resolve && isObject(frame)) {
      const { payload } = frame
      const empty = !isObject(payload) || Object.keys(payload).length === 0
      resolve(empty ? '' : JSON.stringify(payload))
    } else if (this.late.delete(id)) {
      this.options.onUnexpected(appId, `envelope ${id} acknowledged too late`)
    } else {
      this.options.onUnexpected(appId, `acknowledgement of an unknown envelope: ${text.slice(0, 200)}`)
    }
  }

  private pingAll(): void {
    for (const socket of [...this.open.values()].flat()) if (socket.readyState === socket.OPEN) socket.ping()
  }
}
