import type { Registry } from 'prom-client'
import { withDeadline } from '../deadline.ts'
import { type HttpRoute, jsonAnswer } from '../http-route.ts'
import type { Logger } from '../logger.ts'
import { createTtlCache } from '../ttl-cache.ts'

/** One thing that must work before this process should be sent work. Rejects when it does not. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<unknown>>>

/** Only an open process should be sent work: before that it does not listen to Slack, afterwards it is ending. */
export type Phase = 'starting' | 'open' | 'stopping'

export interface OperatingOptions {
  readonly checks: ReadinessChecks
  readonly phase: () => Phase
  /** What `/readyz` says besides. It does not decide whether the process is ready. */
  readonly about?: () => Readonly<Record<string, string>>
  readonly registry: Registry
  readonly logger: Logger
  /** Readiness answers within this time, also when a check hangs. */
  readonly limitMs?: number
  /** Milliseconds of a monotonic clock. */
  readonly monotonicMs?: () => number
}

/** Anybody may ask for readiness, as often as they like: each system is asked once within so many seconds. */
const rememberedSeconds = 5

/** Alive, ready, and what is counted. */
export function operatingRoutes(options: OperatingOptions): HttpRoute[] {
  const { checks, phase, about, registry, logger, limitMs = 5_000, monotonicMs } = options
  const results = createTtlCache(async (name) => resultOf(name, checks[name], logger), { monotonicMs })
  const readiness = async () => {
    const names = Object.keys(checks)
    const found = names.map((name) =>
      withDeadline(name, limitMs, results.get(name, rememberedSeconds)).catch(() => 'failing' as const),
    )
    return Object.fromEntries((await Promise.all(found)).map((result, at) => [names[at], result]))
  }
  return [
    { path: '/healthz', method: 'GET', handler: () => jsonAnswer(200, { alive: true }) },
    {
      path: '/readyz',
      method: 'GET',
      async handler() {
        const found = await readiness()
        const ready = phase() === 'open' && Object.values(found).every((result) => result === 'ok')
        return jsonAnswer(ready ? 200 : 503, { ready, phase: phase(), ...found, ...about?.() })
      },
    },
    {
      path: '/metrics',
      method: 'GET',
      async handler() {
        try {
          return { status: 200, contentType: registry.contentType, body: await registry.metrics() }
        } catch {
          return jsonAnswer(503, { error: 'the metrics could not be read' })
        }
      },
    },
  ]
}

type CheckResult = 'ok' | 'failing'

/** The answer names what failed, and no more: the caller may be anybody. The log explains it. */
async function resultOf(
  name: string,
  check: ReadinessChecks[string] | undefined,
  logger: Logger,
): Promise<CheckResult> {
  try {
    await check?.()
    return 'ok'
  } catch (error) {
    logger.warn({ err: error, check: name }, 'not ready: a check failed')
    return 'failing'
  }
}
