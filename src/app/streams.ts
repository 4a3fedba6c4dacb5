import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createStreamSender } from '../siem/sender.ts'
import { sendStream } from '../usecases/record/send-stream.ts'
import type { Base } from './base.ts'

const lookEveryMs = 1_000
const longestStopMs = 5_000
const sayAgainMs = 60_000

/**
 * Sends the streams of the catalog. Each has its own work, so a destination that does not answer holds up no other. Returns a function
 * that stops it and waits some seconds for batches under way.
 */
export function startStreams({ ports, log }: Pick<Base, 'ports' | 'log'>): () => Promise<void> {
  const sender = createStreamSender()
  const holder = randomUUID()
  const stopping = new AbortController()
  const running = new Map<string, Promise<void>>()
  const saidAt = new Map<string, number>()
  const say = (stream: string, error: unknown) => {
    if (performance.now() - (saidAt.get(stream) ?? Number.NEGATIVE_INFINITY) < sayAgainMs) return
    saidAt.set(stream, performance.now())
    log.warn({ stream, err: error }, 'events of the audit log could not be sent; they are sent again')
  }
  const look = () => {
    const now = ports()
    for (const rules of now.catalog.streams ?? []) {
      if (running.has(rules.id)) continue
      const work = sendStream({ ...now, sender }, rules, { holder, signal: stopping.signal })
        .then(
          ({ kind }) => {
            if (kind === 'failed')
              say(rules.id, new Error('the destination did not take them; see `daypass doctor`'))
          },
          (error: unknown) => say(rules.id, error),
        )
        .finally(() => running.delete(rules.id))
      running.set(rules.id, work)
    }
  }
  const timer = setInterval(look, lookEveryMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    stopping.abort()
    await Promise.race([Promise.all(running.values()), pause(longestStopMs, null, { ref: false })])
  }
}
