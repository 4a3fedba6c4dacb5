import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import { createTtlCache } from './ttl-cache.ts'

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

export interface OperatingOptions {
  readonly checks: ReadinessChecks
  readonly phase: () => Phase
  readonly registry: Registry
  /** Readiness answers within this time, whatever hangs. */
  readonly limitMs?: number
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonicMs?: () => number
}

/** Anybody may ask for readiness, as often as they like: each system is asked once within so many seconds. */
const rememberedSeconds = 5

/** Alive, ready, and what is counted. */
export function operatingRoutes(options: OperatingOptions): HttpRoute[] {
  const { checks, phase, registry, limitMs = 5_000, monotonicMs } = options
  const results = createTtlCache(async (name) => resultOf(checks[name]), { monotonicMs })
  const readiness = async () => {
    const names = Object.keys(checks)
    const found = names.map((name) => within(limitMs, results.get(name, rememberedSeconds)))
    return Object.fromEntries((await Promise.all(found)).map((result, at) => [names[at], result]))
  }
  return [
    { path: '/healthz', method: 'GET', handler: (_, response) => answer(response, 200, { alive: true }) },
    {
      path: '/readyz',
      method: 'GET',
      handler: (_, response) => {
        void readiness().then((found) => {
          const ready = phase() === 'open' && Object.values(found).every((result) => result === 'ok')
          answer(response, ready ? 200 : 503, { ready, phase: phase(), ...found })
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

type CheckResult = 'ok' | 'failing'

/** The answer names what failed, and no more: the caller may be anybody. The log explains it. */
async function resultOf(check: ReadinessChecks[string] | undefined): Promise<CheckResult> {
  try {
    await check?.()
    return 'ok'
  } catch {
    return 'failing'
  }
}

async function within(limitMs: number, result: Promise<CheckResult>): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => resolve('failing'), limitMs)
  })
  const outcome = await Promise.race([result, limit])
  clearTimeout(timer)
  return outcome
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
