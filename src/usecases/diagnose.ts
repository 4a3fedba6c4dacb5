import { withDeadline } from '../deadline.ts'
import type { Diagnosis } from '../domain/connector.ts'
import type { Faults } from '../domain/ports.ts'
import { StartupRefused } from '../domain/startup-refused.ts'

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
