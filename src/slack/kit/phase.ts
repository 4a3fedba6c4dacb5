import type { Grant } from '../../domain/grant.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { Run } from '../../domain/run.ts'
import { goneHeadline } from './assurance.ts'

/** The state that people see: the states of request and grant in one. */
export type Phase =
  | 'pending'
  | 'denied'
  | 'cancelled'
  | 'expired'
  | 'scheduled'
  | 'activating'
  | 'active'
  | 'activation_failed'
  | 'revoking'
  | 'revocation_failed'
  | 'ended'
  | 'revoked'
  | 'extending'
  | 'extended'
  | 'extension_failed'
  | 'running'
  | 'run_done'
  | 'run_went_wrong'
  | 'run_failed'
  | 'run_lapsed'
  | 'run_cancelled'
  | 'run_unknown'

type Stated = Pick<RequestHistory, 'request' | 'grant' | 'extends' | 'run'>

export function phaseOf({ request, grant, extends: extended, run }: Stated): Phase {
  if (request.status !== 'approved') return request.status
  if (request.asksFor.kind === 'action') return run ? phaseOfRun(run) : 'running'
  if (extended?.outcome) return extended.outcome.failure === null ? 'extended' : 'extension_failed'
  if (extended) return 'extending'
  return grant ? phaseOfGrant(grant) : 'activating'
}

function phaseOfRun(run: Run): Phase {
  switch (run.status) {
    case 'waiting':
    case 'running':
      return 'running'
    case 'done':
      return run.wentWrong ? 'run_went_wrong' : 'run_done'
    case 'failed':
    case 'lapsed':
    case 'cancelled':
      return `run_${run.status}`
    case 'outcome_unknown':
      return 'run_unknown'
  }
}

function phaseOfGrant(grant: Grant): Phase {
  switch (grant.status) {
    case 'scheduled':
    case 'cancelled':
    case 'activating':
    case 'active':
    case 'activation_failed':
    case 'revocation_failed':
      return grant.status
    case 'revoking':
      // An earlier attempt failed, so the access may still be open. A new attempt does not change that.
      if (grant.attempts > 1) return 'revocation_failed'
      return grant.revocation.cause === 'activation_failed' ? 'activation_failed' : 'revoking'
    case 'ended':
    case 'revoked':
      // The holder never had the complete access, so people read that it could not be given.
      return grant.revocation.cause === 'activation_failed' ? 'activation_failed' : grant.status
  }
}

/** Whether a read-back showed that the access is gone, or none was ever given. */
export function isProvenGone({ grant }: Pick<RequestHistory, 'grant'>): boolean {
  return grant !== null && ['activation_failed', 'ended', 'revoked', 'cancelled'].includes(grant.status)
}

/** The header of the card. */
export function headlineOf(history: Stated): string {
  const phase = phaseOf(history)
  const removed = history.grant && 'removed' in history.grant ? history.grant.removed : null
  switch (phase) {
    case 'pending':
      return history.extends ? '🟡 More time: waiting for approval' : '🟡 Waiting for approval'
    case 'denied':
      return '⛔ Denied'
    case 'cancelled':
      return '⚪ Cancelled'
    case 'expired':
      return '⚪ Expired, nobody decided'
    case 'scheduled':
      return '🗓️ Approved, starts later'
    case 'activating':
      return '⏳ Approved, access is being set up'
    case 'active':
      return '🟢 Access is active'
    case 'activation_failed':
      return '🔴 Approved, but access could not be given'
    case 'revoking':
      return '⏳ Access is being removed'
    case 'revocation_failed':
      return '🚨 ACCESS MAY STILL BE OPEN'
    case 'extending':
      return '⏳ Approved, the lease is being extended'
    case 'extended':
      return '⏩ The lease is extended'
    case 'extension_failed':
      return '🔴 Approved, but the lease could not be extended'
    case 'running':
      return '⏳ Approved, it is being run'
    case 'run_done':
      return '✅ It was run'
    case 'run_went_wrong':
      return '⚠️ It was run, and did not succeed'
    case 'run_failed':
      return '🔴 Approved, but not run: nothing changed'
    case 'run_lapsed':
      return '⚪ Approved, and lapsed: nothing was run'
    case 'run_cancelled':
      return '⚪ Approved, and cancelled: nothing changed'
    case 'run_unknown':
      return '🚨 NOBODY KNOWS WHETHER IT WAS RUN'
    case 'ended':
      return `⚫ ${goneHeadline('Ended', removed)}`
    case 'revoked':
      return `⚫ ${goneHeadline('Taken back early', removed)}`
  }
}

/** The state in lists. */
export function labelOf(phase: Phase): string {
  switch (phase) {
    case 'scheduled':
      return '🗓️ starts later'
    case 'activating':
      return '⏳ being set up'
    case 'activation_failed':
      return '🔴 could not be given'
    case 'revoking':
      return '⏳ being removed'
    case 'revocation_failed':
      return '🚨 may still be open'
    case 'extending':
      return '⏳ being extended'
    case 'extended':
      return '⏩ extended'
    case 'extension_failed':
      return '🔴 could not be extended'
    case 'running':
      return '⏳ being run'
    case 'run_done':
      return '✅ was run'
    case 'run_went_wrong':
      return '⚠️ run, did not succeed'
    case 'run_failed':
      return '🔴 not run'
    case 'run_lapsed':
      return '⚪ lapsed'
    case 'run_cancelled':
      return '⚪ run cancelled'
    case 'run_unknown':
      return '🚨 outcome not known'
    case 'pending':
      return '🟡 pending'
    case 'active':
      return '🟢 active'
    case 'denied':
      return '⛔ denied'
    case 'cancelled':
    case 'expired':
      return `⚪ ${phase}`
    case 'ended':
    case 'revoked':
      return `⚫ ${phase}`
  }
}
