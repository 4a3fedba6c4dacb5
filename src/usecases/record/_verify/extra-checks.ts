import type { EventCheck } from './event-check.ts'
import { stepUpEvidence } from './step-up-evidence.ts'

/**
 * What a verification checks in single events, besides their place in the tree. It needs nothing but the events, so that it works
 * on an export too. `isWhole`: it sees the log from its beginning.
 */
export function extraChecks(log: { readonly isWhole: boolean }): readonly EventCheck[] {
  return [stepUpEvidence(log)]
}
