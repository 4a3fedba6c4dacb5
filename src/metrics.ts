import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Outbox } from './domain/outbox.ts'
import type { Clock } from './domain/ports.ts'
import type { StreamStanding } from './domain/record/stream.ts'
import type { RulesVersion } from './domain/rules-version.ts'
import type { Faults } from './domain/store.ts'

/** The metrics of `GET /metrics`, and the functions that count. */
export interface Metrics {
  readonly registry: Registry
  effect(kind: string, outcome: string, by: string, seconds: number, latenessSeconds: number): void
  refusedDelivery(why: string): void
  acknowledged(kind: string, seconds: number): void
  trackerDelivery(outcome: string): void
  rulesReloaded(outcome: 'used' | 'refused'): void
}

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export interface MetricsPorts {
  readonly outbox: Pick<Outbox, 'backlog'>
  readonly clock: Clock
  readonly faults: () => Promise<Faults>
  /** How far the streams of the audit log are. */
  readonly streams: () => Promise<readonly StreamStanding[]>
  readonly rules: { version(): RulesVersion; refused(): RulesVersion | null }
}

export function createMetrics({ outbox, clock, faults, streams, rules }: MetricsPorts): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const effects = new Counter({
    name: 'daypass_effects_total',
    help: 'Effects performed, by kind, outcome and what woke the runner (commit, delayed_job, free_slot, sweep)',
    labelNames: ['kind', 'outcome', 'by'],
    registers,
  })
  const durations = new Histogram({
    name: 'daypass_effect_seconds',
    help: 'How long an effect took',
    labelNames: ['kind'],
    buckets,
    registers,
  })
  const lateness = new Histogram({
    name: 'daypass_effect_lateness_seconds',
    help: 'How long after its due instant an effect was taken up',
    labelNames: ['kind'],
    buckets,
    registers,
  })
  const refused = new Counter({
    name: 'daypass_slack_deliveries_refused_total',
    help: 'Requests to the Slack endpoint that were refused: unsigned, from the future, malformed',
    labelNames: ['why'],
    registers,
  })
  const trackerDeliveries = new Counter({
    name: 'daypass_tracker_deliveries_total',
    help: 'Deliveries to the webhooks of trackers: accepted, irrelevant, repeated, forged, stale, unknown, unreadable',
    labelNames: ['outcome'],
    registers,
  })
  const acknowledgements = new Histogram({
    name: 'daypass_slack_acknowledgement_seconds',
    help: 'From the arrival of a Slack interaction to its acknowledgement; Slack waits 3 seconds',
    labelNames: ['kind'],
    buckets,
    registers,
  })
  new Gauge({
    name: 'daypass_outbox_overdue',
    help: 'Effects that are due and not done',
    registers,
    async collect() {
      const { overdue } = await outbox.backlog(clock.now())
      this.set(overdue)
    },
  })
  new Gauge({
    name: 'daypass_grants_revocation_failed',
    help: 'Grants whose revocation failed: their access may still be open',
    registers,
    async collect() {
      this.set((await faults()).failedRevocations)
    },
  })
  new Gauge({
    name: 'daypass_messages_undelivered',
    help: 'Messages that Slack would not take, such as those to a channel that Daypass is not in',
    registers,
    async collect() {
      this.set((await faults()).undeliveredMessages)
    },
  })
  new Gauge({
    name: 'daypass_audit_stream_backlog',
    help: 'Events of the audit log that wait for a destination, by stream',
    labelNames: ['stream'],
    registers,
    async collect() {
      this.reset()
      for (const { id, backlog } of await streams()) this.set({ stream: id }, backlog)
    },
  })
  new Gauge({
    name: 'daypass_audit_stream_failing_seconds',
    help: 'For how long a destination has taken no events, by stream; 0 while it works',
    labelNames: ['stream'],
    registers,
    async collect() {
      this.reset()
      for (const { id, failingSince } of await streams())
        this.set({ stream: id }, failingSince ? (clock.now().getTime() - failingSince.getTime()) / 1000 : 0)
    },
  })
  const reloads = new Counter({
    name: 'daypass_rules_reloads_total',
    help: 'Changed versions of catalog and policies that were used or refused',
    labelNames: ['outcome'],
    registers,
  })
  new Gauge({
    name: 'daypass_rules_info',
    help: 'Always 1. The labels are the hashes of the catalog and the policies that this process works with',
    labelNames: ['catalog', 'policies'],
    registers,
    collect() {
      this.reset()
      this.set({ ...rules.version() }, 1)
    },
  })
  new Gauge({
    name: 'daypass_rules_refused',
    help: '1 while the files of catalog or policies have a version that this process refuses',
    registers,
    collect() {
      this.set(rules.refused() ? 1 : 0)
    },
  })
  return {
    registry,
    effect(kind, outcome, by, seconds, latenessSeconds) {
      effects.inc({ kind, outcome, by })
      durations.observe({ kind }, seconds)
      lateness.observe({ kind }, Math.max(0, latenessSeconds))
    },
    refusedDelivery: (why) => refused.inc({ why }),
    trackerDelivery: (outcome) => trackerDeliveries.inc({ outcome }),
    rulesReloaded: (outcome) => reloads.inc({ outcome }),
    acknowledged: (kind, seconds) => acknowledgements.observe({ kind }, seconds),
  }
}
