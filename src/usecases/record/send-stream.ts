import { addSeconds } from 'date-fns/addSeconds'
import { subSeconds } from 'date-fns/subSeconds'
import { daypass } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import { type StreamEntry, StreamError, type StreamSender } from '../../domain/record/stream.ts'
import type { StreamRules } from '../../domain/record/stream-rules.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'

type SendPorts = Pick<Ports, 'store' | 'clock' | 'record'> & { readonly sender: StreamSender }

export interface SendOptions {
  /** Names this process. */
  readonly holder: string
  /** Stops between two batches, and gives up the one under way. */
  readonly signal: AbortSignal
}

/** `busy`: another process sends for this stream, or the next attempt is not due yet. */
export type Sending = { readonly kind: 'sent'; readonly count: number } | { readonly kind: 'busy' | 'failed' }

/**
 * Sends everything that waits for one destination, in order, a batch at a time. The position moves on only after the destination has
 * acknowledged a batch. So a process that dies in between leaves a batch that is sent again, with the same ids.
 */
export async function sendStream(
  ports: SendPorts,
  rules: StreamRules,
  { holder, signal }: SendOptions,
): Promise<Sending> {
  const { store, clock, record } = ports
  const { origin, size } = await record.state()
  const until = () => addSeconds(clock.now(), rules.timeoutSeconds + holdMarginSeconds)
  await begin(ports, rules, size)
  const claimed = await store.transaction((tx) =>
    tx.streams.claim(rules.id, { holder, now: clock.now(), until: until() }),
  )
  if (!claimed) return { kind: 'busy' }
  let [position, failures, count] = [claimed.position, claimed.failures, 0]
  try {
    for await (const entries of record.entries(position)) {
      for (let from = 0; from < entries.length; from += rules.batch) {
        if (signal.aborted) return { kind: 'sent', count }
        const batch = entries.slice(from, from + rules.batch)
        // Where retention has removed an event, there is nothing to send.
        const there = batch.filter((entry): entry is StreamEntry => entry.event !== null)
        try {
          if (there.length > 0)
            await ports.sender.send(rules, { origin, entries: there, now: clock.now() }, signal)
        } catch (error) {
          if (!signal.aborted) await fail(ports, rules, { holder, failures, error })
          return { kind: 'failed' }
        }
        position = (batch.at(-1)?.position ?? position) + 1
        const stillOurs = await advance(ports, rules, { holder, position, until: until() })
        if (!stillOurs) return { kind: 'busy' }
        failures = 0
        count += there.length
      }
    }
    return { kind: 'sent', count }
  } finally {
    await store.transaction((tx) => tx.streams.release(rules.id, holder))
  }
}

/** Longer than one attempt takes, so that no other process begins meanwhile. */
const holdMarginSeconds = 15

/** A new stream gets a position. The record says where it starts. */
async function begin({ store, clock }: SendPorts, rules: StreamRules, size: number): Promise<void> {
  const position = rules.from === 'now' ? size : 0
  await store.transaction(async (tx) => {
    if (await tx.streams.begin(rules.id, position))
      await tx.audit.append(aboutStream(rules, 'stream.began', clock.now(), { position }))
  })
}

async function advance(
  { store, clock }: SendPorts,
  rules: StreamRules,
  { holder, position, until }: { holder: string; position: number; until: Date },
): Promise<boolean> {
  const now = clock.now()
  return store.transaction(async (tx) => {
    if (!(await tx.streams.advance(rules.id, { holder, position, now, until }))) return false
    if (!(await tx.streams.untell(rules.id))) return true
    await tx.audit.append(aboutStream(rules, 'stream.recovered', now, { position }))
    await tell(tx, rules, { state: 'recovered', problem: null, since: null }, now)
    return true
  })
}

async function fail(
  { store, clock }: SendPorts,
  rules: StreamRules,
  { holder, failures, error }: { holder: string; failures: number; error: unknown },
): Promise<void> {
  // Other errors may quote an address, which may hold a secret.
  const problem =
    error instanceof StreamError ? error.message : 'An unexpected error. See the log of the workers.'
  const now = clock.now()
  const retryAt = addSeconds(now, Math.min(longestBackoffSeconds, 2 ** Math.min(failures, 10)))
  await store.transaction(async (tx) => {
    const failed = await tx.streams.fail(rules.id, { holder, problem, now, retryAt })
    if (!failed) return
    const { failingSince, toldAt } = failed
    const isDue = failingSince <= subSeconds(now, rules.tellAfterSeconds)
    const isFirst = toldAt === null
    if (!isDue || (!isFirst && toldAt > subSeconds(now, tellAgainSeconds))) return
    await tx.streams.told(rules.id, now)
    const since = failingSince.toISOString()
    if (isFirst) await tx.audit.append(aboutStream(rules, 'stream.failed', now, { problem, since }))
    await tell(tx, rules, { state: 'failing', problem, since }, now)
  })
  if (!(error instanceof StreamError)) throw error
}

const longestBackoffSeconds = 60
const tellAgainSeconds = 86_400

async function tell(
  tx: Pick<Transaction, 'outbox'>,
  { id }: StreamRules,
  told: { state: 'failing' | 'recovered'; problem: string | null; since: string | null },
  now: Date,
): Promise<void> {
  const notice = { kind: 'stream' as const, stream: id, ...told }
  await tx.outbox.add({ kind: 'tell_security', at: now.toISOString(), notice }, now)
}

function aboutStream(
  { id, format, to }: StreamRules,
  action: 'stream.began' | 'stream.failed' | 'stream.recovered',
  at: Date,
  details: Record<string, string | number>,
) {
  const about = { stream: id, destination: to.kind, format }
  return { ...ofNoRequest(null), at, actor: daypass, action, details: { ...about, ...details } }
}
