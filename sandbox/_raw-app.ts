import http, { type IncomingHttpHeaders } from 'node:http'
import { readBody } from './http-body.ts'

export interface Received {
  headers: IncomingHttpHeaders
  body: string
  /** The form's fields, or the JSON body under `json`. */
  form: URLSearchParams
  payload: Record<string, unknown>
}

export interface RawAnswerToSlack {
  status?: number
  body?: string
  headers?: Record<string, string>
  afterMs?: number
}

/** An app without Bolt: it answers whatever a test wants. For testing the sandbox itself. */
export async function startRawApp(
  answer: (received: Received) => RawAnswerToSlack | Promise<RawAnswerToSlack>,
) {
  const received: Received[] = []
  const server = http.createServer(async (request, response) => {
    const body = (await readBody(request)).toString('utf8')
    const form = new URLSearchParams(body)
    const json = request.headers['content-type'] === 'application/json' ? body : (form.get('payload') ?? '{}')
    const one: Received = { headers: request.headers, body, form, payload: JSON.parse(json) }
    received.push(one)
    const { status = 200, body: text = '', headers = {}, afterMs = 0 } = await answer(one)
    setTimeout(() => response.writeHead(status, headers).end(text), afterMs)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = address && typeof address === 'object' ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/slack/events`,
    received,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}
