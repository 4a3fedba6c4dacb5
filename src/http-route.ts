import type { IncomingHttpHeaders } from 'node:http'

// The interface between the HTTP server and its routes, independent of the library of the server.

export interface HttpRequest {
  readonly headers: IncomingHttpHeaders
  /** As it was sent, byte for byte: signatures are made over it. */
  readonly body: Buffer
}

export interface HttpAnswer {
  readonly status: number
  readonly contentType?: string
  readonly body?: string
}

/** One path that is answered. Exact: no patterns. */
export interface HttpRoute {
  readonly path: string
  readonly method: 'GET' | 'POST'
  readonly handler: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>
  /** The longest body, in bytes. Default: 64 KB. */
  readonly bodyLimit?: number
  /** The server refused a request by itself, with this HTTP status: 413 where the body was too long. */
  readonly onRefused?: (status: number) => void
}

export function jsonAnswer(status: number, content: unknown): HttpAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(content) }
}
