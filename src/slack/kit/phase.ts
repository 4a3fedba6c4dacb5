import type { Grant } from '../../domain/grant.ts'
import type { RequestHistory } from '../../domain/request-history.ts'

/** Where a request stands, as people see it: the states of request and grant as one. */
export type Phase =
  | 'pending'
  | 'denied'
  | 'cancelled'
  | 'expired'
  | 'activating'
  | 'active'
  | 'activation_failed'
  | 'revoking'
  | 'revocation_failed'
  | 'ended'
  | 'revoked'

export function phaseOf({ request, grant }: Pick<RequestHistory, 'request' | 'grant'>): Phase {
  if (request.status !== 'approved') return request.status
  return grant ? phaseOfGrant(grant) : 'activating'
}

function phaseOfGrant(grant: Grant): Phase {
  switch (grant.status) {
    case 'activating':
    case 'active':
    case 'activation_failed':
    case 'revocation_failed':
      return grant.status
    case 'revoking':
      // Tried before, without a read-back that showed it gone: that it is being tried again just now comforts nobody.
      if (grant.attempts > 1) return 'revocation_failed'
      return grant.revocation.cause === 'activation_failed' ? 'activation_failed' : 'revoking'
    case 'ended':
    case 'revoked':
      // What was never whole was not "taken back": people are told that it could not be given.
      return grant.revocation.cause === 'activation_failed' ? 'activation_failed' : grant.status
  }
}

/** Whether a read-back showed that nothing of it is left. */
export function isProvenGone({ grant }: Pick<RequestHistory, 'grant'>): boolean {
  return grant !== null && ['activation_failed', 'ended', 'revoked'].includes(grant.status)
}

/** The header of the card. */
export function headlineOf(phase: Phase): string {
  switch (phase) {
    case 'pending':
      return '🟡 Waiting for approval'
    case 'denied':
      return '⛔ Denied'
    case 'cancelled':
      return '⚪ Cancelled'
    case 'expired':
      return '⚪ Expired, nobody decided'
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
    case 'ended':
      return '⚫ Ended, access is gone'
    case 'revoked':
      return '⚫ Taken back early, access is gone'
  }
}

/** A word for lists. */
export function labelOf(phase: Phase): string {
  switch (phase) {
    case 'activating':
      return '⏳ being set up'
    case 'activation_failed':
      return '🔴 could not be given'
    case 'revoking':
      return '⏳ being removed'
    case 'revocation_failed':
      return '🚨 may still be open'
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
