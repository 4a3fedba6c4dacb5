import { createHmac } from 'node:crypto'
import { Pool } from 'undici'
import { spreadOf } from '../load/latencies.ts'
import type { LoadOrder, LoadReport, Pace } from '../load/orders.ts'

// Runs in a process of its own, so that the cost of sending does not count for a server. Takes one order at a time.
process.on('message', (order: LoadOrder) => {
  run(order).then(
    (report) => process.send?.(report),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})

async function run({ url, signingSecret, bodies, pace }: LoadOrder): Promise<LoadReport> {
  const { origin, pathname } = new URL(url)
  const connections = pace.kind === 'closed' ? pace.connections : 512
  const pool = new Pool(origin, { connections, pipelining: 1, headersTimeout: 30_000 })
  const requests = bodies.map((body) => ({ body, headers: signedHeaders(signingSecret, body) }))
  const tally = newTally()
  const send = async (index: number, since: number) => {
    const request = requests[index]
    if (!request) return
    tally.sent += 1
    try {
      const answer = await pool.request({ path: pathname, method: 'POST', ...request })
      const text = await answer.body.text()
      tally.answered(answer.statusCode, text, performance.now() - since)
    } catch (error) {
      tally.answered(0, (error as Error).message, 0)
    }
  }
  const startedAt = performance.now()
  const generatorLag = await (pace.kind === 'open'
    ? sendOpen(pace, requests.length, send)
    : sendClosed(pace, requests.length, send))
  const seconds = (performance.now() - startedAt) / 1000
  await pool.destroy()
  const { sent, latencies, others } = tally
  return {
    startedAt: performance.timeOrigin + startedAt,
    sent,
    acknowledged: latencies.length,
    late: latencies.filter((ms) => ms >= lateMs).length,
    others,
    latency: spreadOf(latencies),
    perSecond: latencies.length / seconds,
    generatorLag,
  }
}

/** The bot acknowledges after 2.5 s at the latest, committed or not. */
const lateMs = 2_400

type Send = (index: number, since: number) => Promise<void>

async function sendOpen({ perSecond }: Extract<Pace, { kind: 'open' }>, count: number, send: Send) {
  const startedAt = performance.now() + 20
  const pending: Promise<void>[] = []
  let lag = 0
  for (let next = 0; next < count; ) {
    const due = startedAt + (next * 1000) / perSecond
    const now = performance.now()
    if (now < due) {
      await new Promise((resolve) => setTimeout(resolve, due - now))
      continue
    }
    lag = Math.max(lag, now - due)
    pending.push(send(next, due))
    next += 1
  }
  await Promise.all(pending)
  return lag
}

async function sendClosed(pace: Extract<Pace, { kind: 'closed' }>, count: number, send: Send) {
  const until = performance.now() + pace.seconds * 1000
  let next = 0
  const connection = async () => {
    while (next < count && performance.now() < until) {
      const index = next
      next += 1
      await send(index, performance.now())
    }
  }
  await Promise.all(Array.from({ length: pace.connections }, connection))
  return 0
}

function newTally() {
  const latencies: number[] = []
  const others: Record<string, number> = {}
  return {
    sent: 0,
    latencies,
    others,
    answered(status: number, text: string, ms: number) {
      if (status === 200) latencies.push(ms)
      else {
        const what = `${status} ${text.slice(0, 80)}`.trim()
        others[what] = (others[what] ?? 0) + 1
      }
    },
  }
}

/** Slack's v0 signature over the exact bytes of the body. */
function signedHeaders(secret: string, body: string): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000)
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': String(timestamp),
    'x-slack-signature': `v0=${signature}`,
  }
}
