import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import type { HttpAnswer, HttpRoute } from '../http-route.ts'
import type { Logger } from '../logger.ts'

export interface HttpServer {
  /** Resolves with the port listened on (port 0 takes a free one); rejects when it is taken. */
  start(): Promise<number>
  /** Takes no new connections. Resolves when all open requests are answered, or after `limitMs`. */
  stop(limitMs: number): Promise<void>
}

export interface HttpServerOptions {
  readonly host: string
  readonly port: number
  readonly routes: readonly HttpRoute[]
  readonly logger: Logger
  /** How long a client may take. Slack takes far less. */
  readonly limits?: { readonly headersMs: number; readonly requestMs: number }
}

/** A client that sends its request more slowly is cut off: it would hold a connection for nothing. */
const slowest = { headersMs: 10_000, requestMs: 15_000 }
const usualBody = 64 * 1024
const largestHeaders = 16 * 1024

/** Answers an exact path and method, or 404 with nothing in it. Says nothing of itself: no version, no library. */
export function createHttpServer({
  host,
  port,
  routes,
  logger,
  limits = slowest,
}: HttpServerOptions): HttpServer {
  const server = Fastify({
    // Probes and deliveries come all the time: our own log lines say what matters.
    logger: false,
    bodyLimit: usualBody,
    requestTimeout: limits.requestMs,
    http: {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      // Node looks for slow clients this often, https://nodejs.org/api/http.html#httpcreateserveroptions-requestlistener
      connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
      maxHeaderSize: largestHeaders,
    },
  })
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  server.setNotFoundHandler((_request, reply) => reply.code(404).send())
  for (const route of routes) addRoute(server, route, logger)

  return {
    async start() {
      await server.listen({ host, port })
      server.server.on('error', (error) => logger.error({ err: error }, 'the HTTP server failed'))
      return (server.server.address() as AddressInfo).port
    },
    async stop(limitMs) {
      const limit = setTimeout(() => server.server.closeAllConnections(), limitMs)
      await server.close()
      clearTimeout(limit)
    },
  }
}

function addRoute(server: FastifyInstance, route: HttpRoute, logger: Logger): void {
  const { path, method, handler, bodyLimit = usualBody, onRefused } = route
  server.route({
    url: path,
    method,
    bodyLimit,
    errorHandler: (error: FastifyError, _request, reply) => {
      const status = error.statusCode ?? 500
      if (status < 500) onRefused?.(status)
      else logger.error({ err: error, path }, 'answering a request failed')
      return reply.code(status).send()
    },
    async handler({ headers, params, body, url }, reply) {
      const [, query = ''] = url.split(/\?(.*)/s)
      const named = { ...(params as Record<string, string>) }
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
      const answer = await handler({ headers, params: named, query, body: bytes })
      return send(reply, answer)
    },
  })
}

function send(reply: FastifyReply, { status, contentType, body, headers = {} }: HttpAnswer): FastifyReply {
  if (contentType !== undefined) reply.type(contentType)
  return reply.code(status).headers(headers).send(body)
}
