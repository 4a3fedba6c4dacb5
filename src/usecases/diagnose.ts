import { withDeadline } from '../deadline.ts'
import type { Diagnosis } from '../domain/connector.ts'
import type { StreamStanding } from '../domain/record/stream.ts'
import type { StreamRules } from '../domain/record/stream-rules.ts'
import { StartupRefused } from '../domain/startup-refused.ts'
import type { Faults } from '../domain/store.ts'

/** One dependency of Daypass, and a check of it. */
export interface Probe {
  readonly name: string
  look(): Promise<Diagnosis>
}

export interface Finding {
  readonly name: string
  readonly diagnosis: Diagnosis
}

/** Runs all checks at once. A check that throws, or takes longer than `limitMs`, is a finding with a problem. */
export function diagnose(probes: readonly Probe[], limitMs = 15_000): Promise<Finding[]> {
  return Promise.all(
    probes.map(async ({ name, look }) => ({ name, diagnosis: await bounded(name, look, limitMs) })),
  )
}

async function bounded(name: string, look: Probe['look'], limitMs: number): Promise<Diagnosis> {
  try {
    return await withDeadline(name, limitMs, look())
  } catch (error) {
    if (error instanceof StartupRefused && error.remedy !== null) return fault(error.what, error.remedy)
    return fault(error instanceof Error ? error.message : String(error))
  }
}

function fault(what: string, remedy = 'Check that it runs and can be reached from here.'): Diagnosis {
  return { ok: false, problems: [{ what, remedy }] }
}

/** Reports access that may be open beyond its lease, and messages that were not delivered. */
export function diagnoseFaults({ failedRevocations, undeliveredMessages }: Faults): Diagnosis {
  const problems = [
    {
      count: failedRevocations,
      what: `${failedRevocations} grants could not be revoked: their access may still be open`,
      remedy:
        'See `/audit now` for which, and the security channel or the log for why. Daypass keeps trying.',
    },
    {
      count: undeliveredMessages,
      what: `${undeliveredMessages} messages could not be delivered`,
      remedy:
        'The security channel and the log name the channel and the reason. Daypass tries again every minute.',
    },
  ].filter(({ count }) => count > 0)
  if (problems.length > 0)
    return { ok: false, problems: problems.map(({ what, remedy }) => ({ what, remedy })) }
  return { ok: true, summary: 'no revocation has failed, and every message was delivered' }
}

interface RecordFacts {
  /** How far the application's role of the database could rewrite the log. */
  readonly standing: { role: string; database: string; couldLiftGuards: boolean; couldChange: boolean }
  readonly statements: (role: string, database: string) => readonly string[]
  readonly last: { readonly size: number; readonly signedAt: Date } | null
  /** The places outside that get checkpoints. */
  readonly places: number
}

/** Reports whether the log could be rewritten by the application itself, and where its checkpoints are. */
export function diagnoseRecord({ standing, statements, last, places }: RecordFacts): Diagnosis {
  const { role, database, couldLiftGuards, couldChange } = standing
  if (couldLiftGuards || couldChange) {
    const what = couldLiftGuards
      ? `the role "${role}" of DATABASE_URL owns the audit log, so it could rewrite it`
      : `the role "${role}" of DATABASE_URL may change the audit log`
    const remedy = `Let Daypass connect as a role that owns nothing. As the owner: create role daypass_app login password '...'; ${statements('daypass_app', database).join('; ')}; then name that role in DATABASE_URL, and the owner in DATABASE_MIGRATION_URL.`
    return { ok: false, problems: [{ what, remedy }] }
  }
  const signed =
    last === null
      ? 'nothing is signed yet'
      : `${last.size} events are signed, the last at ${last.signedAt.toISOString()}`
  const outside =
    places === 0
      ? 'checkpoints go nowhere outside the database (`record.checkpoints.to` in the catalog)'
      : `checkpoints go to ${places} ${places === 1 ? 'place' : 'places'} outside`
  return { ok: true, summary: `${signed}; ${outside}` }
}

/** Reports how many events wait for a destination. */
export function diagnoseStream({ to, format }: StreamRules, standing: StreamStanding | null): Diagnosis {
  const what = `${format} to ${to.kind}`
  if (!standing) return { ok: true, summary: `${what}: it begins when a worker runs` }
  const { backlog, position, oldestAt, deliveredAt, failingSince, problem } = standing
  if (failingSince !== null) {
    const waiting = `${backlog} events wait${oldestAt ? `, the oldest from ${oldestAt.toISOString()}` : ''}`
    return {
      ok: false,
      problems: [
        {
          what: `${what}: the destination has taken nothing since ${failingSince.toISOString()}; ${waiting}. ${problem}`,
          remedy: 'Correct the destination or the stream in the catalog. Daypass sends what waits by itself.',
        },
      ],
    }
  }
  const last = deliveredAt ? `the last at ${deliveredAt.toISOString()}` : 'none sent here yet'
  return { ok: true, summary: `${what}: up to position ${position}, ${last}; ${backlog} events wait` }
}
