import type { Effect, EffectKind, OutboxEntry } from '../domain/effect.ts'
import type { Clock, Outbox } from '../domain/ports.ts'
import { backoff, type EffectOutcome, retry } from '../usecases/effect-outcome.ts'
import { withDeadline } from './deadline.ts'
import { type JobsLog, type JobsObserver, messageOf, type Performed } from './observer.ts'

/** Which use-case does which effect. Each may be called again for the same entry, and must bear it. */
export type EffectHandlers = {
  readonly [K in EffectKind]: (
    effect: Extract<Effect, { kind: K }>,
    entry: OutboxEntry,
  ) => Promise<EffectOutcome>
}

export interface PerformPorts {
  readonly outbox: Pick<Outbox, 'take' | 'done' | 'retry'>
  readonly clock: Clock
  readonly log: JobsLog
  readonly observer?: JobsObserver
  /** How long a deed may take before it is presumed dead. Default 30. */
  readonly holdSeconds?: number
}

export const defaultHoldSeconds = 30

/**
 * Takes the entry and sees to it. Quiet when it is done, not due or in other hands: alarms may ring twice,
 * late, or for what has been seen to. Rejects only when the outbox cannot be reached.
 */
export async function performEntry(ports: PerformPorts, handlers: EffectHandlers, id: string): Promise<void> {
  const entry = await ports.outbox.take(id, ports.clock.now(), ports.holdSeconds ?? defaultHoldSeconds)
  if (entry) await performTaken(ports, handlers, entry, 'queue')
}

/**
 * Sees to an entry that has been taken. Never rejects, and resolves at the latest when the hold ends: a deed
 * that hangs would keep its slot for ever. Should it end after all, its success still counts unless somebody else has taken
 * the entry by then; its failure does not.
 */
export async function performTaken(
  ports: PerformPorts,
  handlers: EffectHandlers,
  entry: OutboxEntry,
  by: Performed['by'],
): Promise<void> {
  const { clock, log, observer, holdSeconds = defaultHoldSeconds } = ports
  const latenessSeconds = Math.max(0, (clock.now().getTime() - entry.dueAt.getTime()) / 1000)
  const startedAt = performance.now()
  const hold = { ended: false }
  const report = (outcome: Performed['outcome']) => {
    const seconds = (performance.now() - startedAt) / 1000
    observer?.performed?.({ kind: entry.effect.kind, outcome, by, seconds, latenessSeconds })
  }
  try {
    const deed = doAndRecord(ports, handlers, entry, hold)
    report(await withDeadline('The deed', holdSeconds * 1000, deed))
  } catch {
    hold.ended = true
    log.error(
      { entryId: entry.id, effect: entry.effect, holdSeconds },
      'a deed outlives its hold and may be repeated',
    )
    report('outlived')
  }
}

/** Never rejects. What could not be recorded is repeated once the hold has ended. */
async function doAndRecord(
  ports: PerformPorts,
  handlers: EffectHandlers,
  entry: OutboxEntry,
  hold: { readonly ended: boolean },
): Promise<'done' | 'retry' | 'failed'> {
  const { outbox, clock, log } = ports
  const about = { entryId: entry.id, effect: entry.effect, attempts: entry.attempts }
  let outcome: EffectOutcome
  let failed = false
  try {
    outcome = await handle(handlers, entry)
    if (outcome.fault) {
      const { message, ...fault } = outcome.fault
      log.error({ ...about, ...fault.about, code: fault.code, problem: fault.problem }, message)
    }
  } catch (error) {
    failed = true
    const retryAt = backoff(clock.now(), entry.attempts, longestBackoff(entry.effect.kind))
    outcome = retry(retryAt, messageOf(error))
    log.error({ ...about, error: messageOf(error), retryAt }, 'an effect failed')
  }
  try {
    if (outcome.kind === 'done') await outbox.done(entry, clock.now(), outcome.result)
    else if (!hold.ended) await outbox.retry(entry, outcome.at, outcome.error)
  } catch (error) {
    log.error({ ...about, error: messageOf(error) }, 'the outcome of an effect could not be recorded')
    return 'failed'
  }
  return failed ? 'failed' : outcome.kind
}

/** In seconds. Access that should be gone is tried again each minute; the rest can wait for five. */
function longestBackoff(kind: EffectKind): number {
  return kind === 'revoke_grant' ? 60 : 300
}

async function handle(handlers: EffectHandlers, entry: OutboxEntry): Promise<EffectOutcome> {
  const { effect } = entry
  switch (effect.kind) {
    case 'activate_grant':
      return handlers.activate_grant(effect, entry)
    case 'revoke_grant':
      return handlers.revoke_grant(effect, entry)
    case 'expire_request':
      return handlers.expire_request(effect, entry)
    case 'remind_approvers':
      return handlers.remind_approvers(effect, entry)
    case 'notify_expiry':
      return handlers.notify_expiry(effect, entry)
    case 'deliver_message':
      return handlers.deliver_message(effect, entry)
  }
}
