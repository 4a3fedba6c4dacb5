import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'

/** One path that Daypass answers beside Slack's. */
export interface HttpRoute {
  readonly path: string
  readonly method: 'GET'
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void
}

/** One thing that must work before this process should be sent work. Rejects when it does not. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<unknown>>>

/** Only an open process should be sent work: before that it does not listen to Slack, afterwards it is ending. */
export type Phase = 'starting' | 'open' | 'stopping'

/** Alive, ready, and what is counted. Readiness answers within `limitMs` whatever hangs. */
export function operatingRoutes(
  { checks, phase, registry }: { checks: ReadinessChecks; phase: () => Phase; registry: Registry },
  limitMs = 5_000,
): HttpRoute[] {
  return [
    { path: '/healthz', method: 'GET', handler: (_, response) => answer(response, 200, { alive: true }) },
    {
      path: '/readyz',
      method: 'GET',
      handler: (_, response) => {
        void readiness(checks, limitMs).then((results) => {
          const ready = phase() === 'open' && Object.values(results).every((result) => result === 'ok')
          answer(response, ready ? 200 : 503, { ready, phase: phase(), ...results })
        })
      },
    },
    {
      path: '/metrics',
      method: 'GET',
      handler: (_, response) => {
        registry.metrics().then(
          (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
          () => answer(response, 503, { error: 'the metrics could not be read' }),
        )
      },
    },
  ]
}

/** What failed is named here and explained in the log: whoever asks over HTTP may be anybody. */
async function readiness(
  checks: ReadinessChecks,
  limitMs: number,
): Promise<Record<string, 'ok' | 'failing'>> {
  const entries = Object.entries(checks).map(async ([name, check]): Promise<[string, 'ok' | 'failing']> => {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<'failing'>((tooLate) => {
      timer = setTimeout(() => tooLate('failing'), limitMs)
    })
    const result = check().then(
      () => 'ok' as const,
      () => 'failing' as const,
    )
    const outcome = await Promise.race([result, limit])
    clearTimeout(timer)
    return [name, outcome]
  })
  return Object.fromEntries(await Promise.all(entries))
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
