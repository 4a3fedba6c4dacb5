import http from 'node:http'
import https from 'node:https'
import type { Answer } from './answer.ts'

export interface Post {
  url: string
  headers: Record<string, string>
  body: string
  timeoutMs: number
}

/** The connections to one app, kept open between requests. */
export interface Agents {
  http: http.Agent
  https: https.Agent
}

export function makeAgents(): Agents {
  return { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) }
}

/** Posts exactly these bytes and headers. Never throws; redirects are not followed, as Slack does not for interactions. */
export function post(
  agents: Agents,
  { url, headers, body, timeoutMs }: Post,
  retried = false,
): Promise<Answer> {
  const started = performance.now()
  return new Promise((resolve) => {
    const finish = (answer: Omit<Answer, 'ms'>): void => {
      clearTimeout(timer)
      resolve({ ...answer, ms: Math.round(performance.now() - started) })
    }
    const failed = (failure: 'timeout' | 'connection_failed'): void => {
      finish({ ok: false, status: 0, body: '', headers: {}, failure })
      request.destroy()
    }
    const timer = setTimeout(() => failed('timeout'), timeoutMs)
    const secure = url.startsWith('https:')
    const request = (secure ? https : http).request(url, {
      method: 'POST',
      agent: secure ? agents.https : agents.http,
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    })
    request.on('error', () => {
      // The app may have closed an idle connection, which is no failure of the app: retry once on a new connection.
      if (!request.reusedSocket || retried) return failed('connection_failed')
      clearTimeout(timer)
      const left = timeoutMs - (performance.now() - started)
      post(agents, { url, headers, body, timeoutMs: left }, true).then(resolve)
    })
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', () => failed('connection_failed'))
      response.on('end', () => {
        const status = response.statusCode ?? 0
        const ok = status >= 200 && status < 300
        const text = Buffer.concat(chunks).toString('utf8')
        const common = { status, body: text, headers: flatten(response.headers) }
        finish(ok ? { ok, ...common } : { ok, ...common, failure: 'http_error' })
      })
    })
    request.end(body)
  })
}

function flatten(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([k, v]) => [k, Array.isArray(v) ? v.join(', ') : (v ?? '')]),
  )
}
