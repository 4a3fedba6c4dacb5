import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'

/** One path that is answered. Exact: no patterns. */
export interface Route {
  readonly path: string
  readonly method: string
  readonly handler: (request: IncomingMessage, response: ServerResponse) => unknown
}

export interface WebServer {
  /** Resolves with the port listened on (port 0 takes a free one); rejects when it is taken. */
  start(): Promise<number>
  /** Takes no new connections; resolves when those in hand are answered, or after `limitMs`. */
  stop(limitMs: number): Promise<void>
}

export interface WebServerOptions {
  readonly host: string
  readonly port: number
  readonly routes: readonly Route[]
  readonly logger: Logger
}

/** A plain HTTP server: an exact path and method, or 404. */
export function createWebServer({ host, port, routes, logger }: WebServerOptions): WebServer {
  const handlers = new Map(routes.map(({ method, path, handler }) => [`${method} ${path}`, handler]))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0]
    const handler = handlers.get(`${request.method} ${path}`)
    if (!handler) return void response.writeHead(404).end()
    try {
      await handler(request, response)
    } catch (error) {
      logger.error({ err: error, path }, 'answering a request failed')
      if (!response.headersSent) response.writeHead(500).end()
    }
  }

  const server = createServer((request, response) => void answer(request, response))
  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          server.on('error', (error) => logger.error({ err: error }, 'the HTTP server failed'))
          resolve((server.address() as AddressInfo).port)
        })
      }),
    stop: (limitMs) =>
      new Promise((resolve) => {
        const limit = setTimeout(() => server.closeAllConnections(), limitMs)
        server.close(() => {
          clearTimeout(limit)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}
