import { pino } from 'pino'
import { Registry } from 'prom-client'
import { afterEach, expect, it } from 'vitest'
import { operatingRoutes, type ReadinessChecks } from '../../src/http/operating-routes.ts'
import { createHttpServer } from '../../src/http/server.ts'

const logger = pino({ level: 'silent' })
let now = 0
let stop = async () => {}
afterEach(() => stop())

async function serve(checks: ReadinessChecks, options: { limitMs?: number } = {}): Promise<string> {
  const routes = operatingRoutes({
    checks,
    phase: () => 'open',
    registry: new Registry(),
    logger,
    monotonicMs: () => now,
    ...options,
  })
  const server = createHttpServer({ host: '127.0.0.1', port: 0, routes, logger })
  const port = await server.start()
  stop = () => server.stop(1_000)
  return `http://127.0.0.1:${port}`
}

it('readiness asks each system once for many that ask, and once more some seconds later', async () => {
  let asked = 0
  const url = await serve({
    slack: async () => {
      asked += 1
    },
  })
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/readyz`)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  now += 5_000
  await fetch(`${url}/readyz`)
  expect(asked).toBe(1)
  now += 1
  await fetch(`${url}/readyz`)
  expect(asked).toBe(2)
})

it('a check that hangs is not begun again while it hangs', async () => {
  let asked = 0
  const url = await serve(
    {
      slack: () => {
        asked += 1
        return new Promise(() => {})
      },
    },
    { limitMs: 20 },
  )
  for (const _ of [1, 2, 3]) expect((await fetch(`${url}/readyz`)).status).toBe(503)
  expect(asked).toBe(1)
})
