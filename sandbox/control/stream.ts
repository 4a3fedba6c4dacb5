import type { IncomingMessage, ServerResponse } from 'node:http'
import type { VisibleState } from './stream-types.ts'
import { SentState } from './visible-change.ts'

/** Changes within this many ms are sent together. */
const GATHER_MS = 20
const HEARTBEAT_MS = 15_000

interface Window {
  userId: string
  response: ServerResponse
  told: SentState
}

/** The open windows of the page. Sends each the changes of its person's visible state, as server-sent events. */
export class Live {
  private readonly windows = new Set<Window>()
  private readonly stateOf: (userId: string) => VisibleState
  private gathering: NodeJS.Timeout | undefined
  private heartbeat: NodeJS.Timeout | undefined

  constructor(stateOf: (userId: string) => VisibleState) {
    this.stateOf = stateOf
  }

  /** `GET /control/stream?as=<user id>`: everything first, then each change, until the window goes. */
  connect(request: IncomingMessage, response: ServerResponse, userId: string): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    const window = { userId, response, told: new SentState() }
    this.windows.add(window)
    this.heartbeat ??= setInterval(() => this.beat(), HEARTBEAT_MS)
    request.once('close', () => this.leave(window))
    this.tell(window)
  }

  /** Sends changes to the open windows soon. Does nothing while none is open. */
  touch(): void {
    if (this.windows.size === 0 || this.gathering) return
    this.gathering = setTimeout(() => {
      this.gathering = undefined
      for (const window of this.windows) this.tell(window)
    }, GATHER_MS)
  }

  close(): void {
    clearTimeout(this.gathering)
    clearInterval(this.heartbeat)
    for (const { response } of this.windows) response.end()
    this.windows.clear()
  }

  private tell({ userId, response, told }: Window): void {
    const change = told.next(this.stateOf(userId))
    if (change) response.write(`data: ${JSON.stringify(change)}\n\n`)
  }

  private beat(): void {
    for (const { response } of this.windows) response.write(': still here\n\n')
  }

  private leave(window: Window): void {
    this.windows.delete(window)
    if (this.windows.size > 0) return
    clearInterval(this.heartbeat)
    this.heartbeat = undefined
  }
}
