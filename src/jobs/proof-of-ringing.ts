import type { Jobs } from './start-jobs.ts'

const keptMs = 5_000

/**
 * For readiness: rejects when an alarm that is set does not ring. What was seen to ring counts for five seconds, however
 * often it is asked; a failure is looked at anew each time.
 */
export function proofOfRinging(jobs: Pick<Jobs, 'health'>): () => Promise<void> {
  let provenAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - provenAt < keptMs) return
    const { ok } = await jobs.health()
    if (!ok) throw new Error('an alarm that was set does not ring')
    provenAt = performance.now()
  }
}
