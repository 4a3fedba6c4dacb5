import { withDeadline } from '../deadline.ts'
import type { QueueName } from '../domain/effect.ts'
import type { Outbox } from '../domain/outbox.ts'
import type { RunnableEffect } from '../usecases/effects.ts'
import { type EntryGroup, groupEntries } from './group-entries.ts'
import { messageOf, seldom } from './observer.ts'
import { type RunPorts, runGroup } from './run-group.ts'
import { createTargets } from './targets.ts'
import { newWakeSignal, type WokenBy } from './wake-signal.ts'

export interface RunnerOptions extends RunPorts {
  readonly outbox: Outbox
  readonly queue: QueueName
  /** The effects of this queue. */
  readonly effects: readonly RunnableEffect[]
  readonly holdSeconds: number
  readonly sweepEveryMs?: number
  /** Effects of this runner go first. */
  readonly yieldTo?: Pick<Runner, 'isBusy'>
}

/** Performs the effects of one queue. */
export interface Runner {
  /** Effects may be due. Returns at once and never throws. */
  wake(by: WokenBy): void
  /** Whether it began effects a moment ago that are still under way. */
  isBusy(): boolean
  /** Resolves when it has performed what was due, at the latest after `limitMs`. */
  idle(limitMs: number): Promise<void>
  /** Takes nothing more, and waits at most `graceMs` for running effects. */
  stop(graceMs: number): Promise<void>
}

/** How many effects one worker runs at once. Effects at targets are limited for each target instead (`targets.ts`). */
const settings: Readonly<Record<QueueName, { limit: number; perTarget: number | null }>> = {
  revoke: { limit: 400, perTarget: 100 },
  activate: { limit: 400, perTarget: 100 },
  notify: { limit: 10, perTarget: null },
}
/** How many effects without a target run at once while revocations of this process are under way. */
const limitWhileRevoking = 1
/** Revocations that take longer wait for their target, and not for this process. */
const longestYieldMs = 3_000
/** A database that hangs must not stop the runner. Entries that arrive later are still performed. */
const takeTimeoutMs = 10_000

/**
 * Takes due effects and performs them. A commit, a delayed job or its own plain timer (the sweep) wakes it. So leases
 * end even when Redis is down or wiped, a worker was killed, or a job was lost.
 */
export function startRunner(options: RunnerOptions): Runner {
  const { outbox, clock, log, queue, holdSeconds, sweepEveryMs = 2_000, yieldTo } = options
  const { limit, perTarget } = settings[queue]
  const effects = new Map(options.effects.map((effect) => [effect.kind, effect]))
  const signal = newWakeSignal<WokenBy>()
  const targets = createTargets(() => signal.wake('free_slot'))
  const inHand = new Map<Promise<void>, number>()
  const isBusy = () => {
    const since = performance.now() - longestYieldMs
    return [...inHand.values()].some((startedAt) => startedAt > since)
  }
  let takes = false
  const onIdle = new Set<() => void>()
  const tellIfIdle = () => {
    if (takes || inHand.size > 0) return
    for (const tell of onIdle) tell()
  }
  const rarely = seldom()
  let stopped = false
  let more = false

  const start = async ({ effect, target, entries }: EntryGroup, by: WokenBy) => {
    const context = target === null ? { probing: false } : targets.begin(target)
    const answer = await runGroup(options, { effect, entries, context, by })
    if (target !== null) targets.end(target, answer)
  }
  const take = async (by: WokenBy): Promise<number> => {
    const most = perTarget === null && yieldTo?.isBusy() ? limitWhileRevoking : limit
    const room = perTarget === null ? most - inHand.size : most
    if (room <= 0) {
      more = true
      return 0
    }
    const taking = outbox.takeDue({
      kinds: [...effects.keys()],
      now: clock.now(),
      holdSeconds,
      limit: room,
      perTarget,
      except: targets.busy(),
    })
    const started = taking.then((entries) => {
      for (const group of groupEntries(entries, effects)) {
        const running = start(group, by).finally(() => {
          inHand.delete(running)
          tellIfIdle()
          if (more) signal.wake('free_slot')
        })
        inHand.set(running, performance.now())
      }
      more = perTarget === null && entries.length === room
      return entries.length
    })
    return withDeadline('The outbox', takeTimeoutMs, started)
  }
  const loop = async () => {
    let by: WokenBy = 'sweep'
    while (!stopped) {
      takes = true
      try {
        while (!stopped && (await take(by)) > 0);
      } catch (error) {
        rarely('take', () => log.error({ queue, error: messageOf(error) }, 'the outbox does not answer'))
      }
      takes = false
      tellIfIdle()
      // Jitter prevents that many workers query at the same moment.
      if (!stopped) by = await signal.wait(sweepEveryMs * (0.8 + 0.4 * Math.random()), 'sweep')
    }
  }
  const running = loop()
  return {
    wake: signal.wake,
    isBusy,
    idle: (limitMs) =>
      new Promise((resolve) => {
        const tell = () => {
          clearTimeout(timer)
          onIdle.delete(tell)
          resolve()
        }
        const timer = setTimeout(tell, limitMs)
        onIdle.add(tell)
      }),
    async stop(graceMs) {
      stopped = true
      signal.wake('sweep')
      const ending = running.then(() => Promise.allSettled(inHand.keys()))
      await withDeadline('Running effects', graceMs, ending).catch(() => {})
      targets.stop()
    },
  }
}
