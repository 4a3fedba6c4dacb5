import type { IncomingHttpHeaders } from 'node:http'

// The interface between the HTTP server and its routes, independent of the library of the server.

export interface HttpRequest {
  /** The parts of the path that the route names, such as `:trackerId`. */
  readonly params: Readonly<Record<string, string>>
  readonly headers: IncomingHttpHeaders
  /** As it was sent, byte for byte: signatures are made over it. */
  readonly body: Buffer
  /** What follows `?` in the address. Empty: nothing does. */
  readonly query: string
}

export interface HttpAnswer {
  readonly status: number
  readonly contentType?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** One path that is answered. Exact, but `:name` stands for one part of it. */
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
