import type { Json } from './json.ts'
import type { PolicyResult } from './policy.ts'
import type { SaidText } from './record/said-text.ts'
import type { Subject } from './subject.ts'

export type { Json }

/** The actions of the audit log. Past tense, dotted. */
export const auditActions = [
  'request.submitted',
  'request.refused',
  'request.approved',
  'request.denied',
  'request.cancelled',
  'request.cancellation_refused',
  'request.expired',
  'request.nudged',
  'request.nudge_refused',
  'decision.recorded',
  'decision.refused',
  'pre_approval.made',
  'pre_approval.refused',
  'pre_approval.withdrawn',
  'pre_approval.withdrawal_refused',
  'break_glass.taken',
  'break_glass.reviewed',
  'break_glass.review_refused',
  'break_glass.review_overdue',
  'grant.cancelled',
  'grant.activating',
  'grant.activated',
  'grant.activation_failed',
  'grant.credentials_issued',
  'grant.credentials_refused',
  'grant.expiry_notified',
  'grant.lease_shortened',
  'grant.lease_extended',
  'grant.extension_failed',
  'grant.extension_refused',
  'grant.idle_asked',
  'grant.idle_kept',
  'grant.idle_answer_refused',
  'grant.revoking',
  'grant.ended',
  'grant.revoked',
  'grant.revocation_failed',
  'grant.drifted',
  'grant.activity_recorded',
  'grant.release_refused',
  'grant.revocation_refused',
  'action.previewed',
  'run.began',
  'run.finished',
  'run.failed',
  'run.lapsed',
  'run.cancelled',
  'run.cancellation_refused',
  'run.outcome_unknown',
  'run.output_shown',
  'run.output_refused',
  'panic.begun',
  'panic.refused',
  'panic.finished',
  'review.started',
  'review.collected',
  'review.decided',
  'review.decision_refused',
  'review.item_over',
  'review.item_gone',
  'review.reminded',
  'review.escalated',
  'review.closing',
  'review.closed',
  'review.signed_off',
  'review.refused',
  'freeze.made',
  'freeze.lifted',
  'freeze.ended',
  'freeze.refused',
  'task.opened',
  'task.done',
  'task.refused',
  'task.withdrawn',
  'task.answer_refused',
  'account.offboarded',
  'account.away',
  'person.merged',
  'person.linked',
  'engagement.added',
  'engagement.extended',
  'engagement.shortened',
  'engagement.corrected',
  'engagement.handed_over',
  'engagement.ended',
  'engagement.sponsor_left',
  'engagement.end_notified',
  'engagement.end_confirmed',
  'engagement.refused',
  'identity.confirmed',
  'identity.withdrawn',
  'step_up.refused',
  'passkey.code_issued',
  'passkey.added',
  'passkey.removed',
  'passkey.refused',
  'people.imported',
  'audit.queried',
  'audit.shared',
  'audit.reported',
  'audit.refused',
  'refusals.omitted',
  'rules.reloaded',
  'rules.refused',
  'record.began',
  'record.key_changed',
  'record.verified',
  'record.fault_acknowledged',
  'record.removed',
  'record.kept',
  'record.emergency_revocation',
  'stream.began',
  'stream.failed',
  'stream.recovered',
  'erasure.asked',
  'erasure.confirmed',
  'erasure.declined',
  'erasure.refused',
  'alert.raised',
  'alert.answered',
  'alert.answer_refused',
  'alert.rule_failed',
  'hold.placed',
  'hold.lift_asked',
  'hold.lift_declined',
  'hold.lifted',
  'hold.refused',
] as const
export type AuditAction = (typeof auditActions)[number]

/** The account that acted, or Daypass itself when a timer or a rule acted. */
export type Actor = { readonly kind: 'account'; readonly accountId: string } | { readonly kind: 'daypass' }

export const daypass: Actor = { kind: 'daypass' }
export function actorOf(account: { id: string }): Actor {
  return { kind: 'account', accountId: account.id }
}

/** One audit event: actor, action, subject, time, reason. It repeats no free text of people, so that such text can be erased. */
export interface AuditEvent {
  readonly at: Date
  readonly actor: Actor
  readonly action: AuditAction
  /** The subject of the event. Null: a query about everything. Searches use the ids below. */
  readonly subject: Subject | null
  readonly requestId: string | null
  readonly grantId: string | null
  /** The account whose access it is about. For requests and grants: the requester. */
  readonly accountId: string | null
  readonly resourceId: string | null
  readonly entitlementId: string | null
  /** The result of the policies, if they were evaluated. */
  readonly policy: PolicyResult | null
  readonly details: Readonly<Record<string, Json>>
  /** The free texts that this event is about. The log gets a salted hash of each, the text stays on its own row. */
  readonly said?: readonly SaidText[]
}

export type RecordedAuditEvent = Omit<AuditEvent, 'said'> & { readonly id: number }
