import type { AuditAction } from '../domain/audit-event.ts'
import type { LeafEvent } from '../domain/record/leaf.ts'

/** 1 informational, 2 low, 3 medium, 4 high, 5 critical: `severity_id` of OCSF. */
export type Severity = 1 | 2 | 3 | 4 | 5

export type EntityActivity = 'create' | 'read' | 'update' | 'delete' | 'other'

interface Outcome {
  readonly severity: Severity
  /** It was refused, or it did not work. */
  readonly failed: boolean
}

/** The sense of an audit event in the words of event schemas. Both mappings are made from it. */
export type Meaning = Outcome &
  (
    | {
        /** Something that Daypass keeps: a request, a freeze, the rules. */
        readonly class: 'entity'
        readonly entity: string
        readonly activity: EntityActivity
        /** `configuration`: of Daypass itself. Otherwise it is about identities and access. */
        readonly about: 'iam' | 'configuration'
      }
    /** Access at a target, given or taken away. */
    | { readonly class: 'access'; readonly activity: 'assign' | 'revoke' }
    /** The account of a person. */
    | {
        readonly class: 'account'
        readonly activity: 'disable' | 'enable_factor' | 'disable_factor' | 'credentials' | 'other'
      }
    /** A person proves who they are. */
    | { readonly class: 'authentication' }
    /** An operation that Daypass performs at a target. */
    | { readonly class: 'operation'; readonly activity: 'read' | 'update' | 'other' }
    /** Something that security has to look at. */
    | { readonly class: 'finding'; readonly activity: 'create' | 'update' | 'close' }
  )

type Changed = Partial<Outcome>
const refused: Changed = { severity: 2, failed: true }
const usual: Outcome = { severity: 1, failed: false }

function entity(entity: string, activity: EntityActivity, changed: Changed = {}): Meaning {
  return { class: 'entity', entity, activity, about: 'iam', ...usual, ...changed }
}
function setting(entity: string, activity: EntityActivity, changed: Changed = {}): Meaning {
  return { class: 'entity', entity, activity, about: 'configuration', ...usual, ...changed }
}
function access(activity: 'assign' | 'revoke', changed: Changed = {}): Meaning {
  return { class: 'access', activity, ...usual, ...changed }
}
function account(activity: (Meaning & { class: 'account' })['activity'], changed: Changed = {}): Meaning {
  return { class: 'account', activity, ...usual, ...changed }
}
function operation(activity: 'read' | 'update' | 'other', changed: Changed = {}): Meaning {
  return { class: 'operation', activity, ...usual, ...changed }
}
function finding(
  activity: 'create' | 'update' | 'close',
  severity: Severity,
  changed: Changed = {},
): Meaning {
  return { class: 'finding', activity, failed: false, severity, ...changed }
}

/** A verification that found a fault is no reading any more. */
function verified({ details }: LeafEvent): Meaning {
  const faults = typeof details === 'object' && details !== null && 'faults' in details ? details.faults : 0
  return faults === 0 ? setting('Audit log', 'read') : finding('create', 5)
}

/** Every audit action. The compiler refuses an action that is missing here. */
const meanings: Readonly<Record<AuditAction, Meaning | ((event: LeafEvent) => Meaning)>> = {
  'request.submitted': entity('Access request', 'create'),
  'request.refused': entity('Access request', 'create', refused),
  'request.approved': entity('Access request', 'update'),
  'request.denied': entity('Access request', 'update'),
  'request.cancelled': entity('Access request', 'update'),
  'request.cancellation_refused': entity('Access request', 'update', refused),
  'request.expired': entity('Access request', 'update'),
  'request.nudged': entity('Access request', 'other'),
  'request.nudge_refused': entity('Access request', 'other', refused),
  'decision.recorded': entity('Access request', 'update'),
  'decision.refused': entity('Access request', 'update', refused),
  'pre_approval.made': entity('Approval in advance', 'create'),
  'pre_approval.refused': entity('Approval in advance', 'create', refused),
  'pre_approval.withdrawn': entity('Approval in advance', 'delete'),
  'pre_approval.withdrawal_refused': entity('Approval in advance', 'delete', refused),
  'break_glass.taken': finding('create', 4),
  'break_glass.reviewed': finding('close', 2),
  'break_glass.review_refused': finding('update', 2, { failed: true }),
  'break_glass.review_overdue': finding('update', 4),
  'grant.cancelled': entity('Grant', 'update'),
  'grant.activating': entity('Grant', 'create'),
  'grant.activated': access('assign', { severity: 2 }),
  'grant.activation_failed': access('assign', { severity: 3, failed: true }),
  'grant.credentials_issued': account('credentials', { severity: 2 }),
  'grant.credentials_refused': account('credentials', refused),
  'grant.expiry_notified': entity('Grant', 'other'),
  'grant.lease_shortened': entity('Grant', 'update'),
  'grant.lease_extended': entity('Grant', 'update', { severity: 2 }),
  'grant.extension_failed': entity('Grant', 'update', { severity: 3, failed: true }),
  'grant.extension_refused': entity('Grant', 'update', refused),
  'grant.idle_asked': entity('Grant', 'other'),
  'grant.idle_kept': entity('Grant', 'update'),
  'grant.idle_answer_refused': entity('Grant', 'update', refused),
  'grant.revoking': entity('Grant', 'update'),
  'grant.ended': access('revoke'),
  'grant.revoked': access('revoke', { severity: 2 }),
  'grant.revocation_failed': access('revoke', { severity: 4, failed: true }),
  'grant.drifted': finding('create', 4),
  'grant.activity_recorded': entity('Grant', 'other'),
  'grant.release_refused': access('revoke', refused),
  'grant.revocation_refused': access('revoke', refused),
  'action.previewed': operation('read'),
  'run.began': operation('other', { severity: 2 }),
  'run.finished': operation('update', { severity: 2 }),
  'run.failed': operation('update', { severity: 3, failed: true }),
  'run.lapsed': operation('other', { severity: 2, failed: true }),
  'run.cancelled': operation('other'),
  'run.cancellation_refused': operation('other', refused),
  'run.outcome_unknown': operation('other', { severity: 3, failed: true }),
  'run.output_shown': operation('read'),
  'run.output_refused': operation('read', refused),
  'panic.begun': entity('Panic', 'create', { severity: 5 }),
  'panic.refused': entity('Panic', 'create', { severity: 3, failed: true }),
  'panic.finished': entity('Panic', 'update', { severity: 4 }),
  'review.started': entity('Access review', 'create'),
  'review.collected': entity('Access review', 'update'),
  'review.decided': entity('Access review', 'update'),
  'review.decision_refused': entity('Access review', 'update', refused),
  'review.item_over': entity('Access review', 'update'),
  'review.item_gone': entity('Access review', 'update'),
  'review.reminded': entity('Access review', 'update'),
  'review.escalated': entity('Access review', 'update', { severity: 2 }),
  'review.closing': entity('Access review', 'update'),
  'review.closed': entity('Access review', 'update'),
  'review.signed_off': entity('Access review', 'update'),
  'review.refused': entity('Access review', 'other', refused),
  'freeze.made': entity('Freeze', 'create', { severity: 3 }),
  'freeze.lifted': entity('Freeze', 'delete', { severity: 3 }),
  'freeze.ended': entity('Freeze', 'delete', { severity: 2 }),
  'freeze.refused': entity('Freeze', 'create', refused),
  'task.opened': entity('Task', 'create'),
  'task.done': entity('Task', 'update'),
  'task.refused': entity('Task', 'update', { severity: 2, failed: true }),
  'task.withdrawn': entity('Task', 'delete'),
  'task.answer_refused': entity('Task', 'update', refused),
  'account.offboarded': account('disable', { severity: 2 }),
  'account.away': account('other'),
  'person.merged': entity('Person', 'update', { severity: 2 }),
  'person.linked': entity('Person', 'update', { severity: 2 }),
  'engagement.added': entity('Engagement', 'create'),
  'engagement.extended': entity('Engagement', 'update', { severity: 2 }),
  'engagement.shortened': entity('Engagement', 'update'),
  'engagement.corrected': entity('Engagement', 'update'),
  'engagement.handed_over': entity('Engagement', 'update'),
  'engagement.ended': entity('Engagement', 'update'),
  'engagement.sponsor_left': entity('Engagement', 'update', { severity: 3 }),
  'engagement.end_notified': entity('Engagement', 'other'),
  'engagement.end_confirmed': entity('Engagement', 'update'),
  'engagement.refused': entity('Engagement', 'update', refused),
  'identity.confirmed': entity('Identity', 'create', { severity: 2 }),
  'identity.withdrawn': entity('Identity', 'delete'),
  'step_up.refused': { class: 'authentication', severity: 3, failed: true },
  'passkey.code_issued': account('other', { severity: 2 }),
  'passkey.added': account('enable_factor', { severity: 2 }),
  'passkey.removed': account('disable_factor', { severity: 2 }),
  'passkey.refused': account('enable_factor', { severity: 3, failed: true }),
  'people.imported': entity('List of people', 'update', { severity: 2 }),
  'audit.queried': setting('Audit log', 'read'),
  'audit.shared': setting('Audit log', 'read'),
  'audit.reported': setting('Audit log', 'read'),
  'audit.refused': setting('Audit log', 'read', { severity: 3, failed: true }),
  'refusals.omitted': finding('create', 3),
  'rules.reloaded': setting('Rules', 'update', { severity: 2 }),
  'rules.refused': setting('Rules', 'update', { severity: 3, failed: true }),
  'record.began': setting('Audit log', 'create'),
  'record.key_changed': setting('Key of the audit log', 'update', { severity: 3 }),
  'record.verified': verified,
  'record.fault_acknowledged': finding('update', 3),
  'record.removed': setting('Audit log', 'delete', { severity: 2 }),
  'record.kept': setting('Audit log', 'other'),
  'record.emergency_revocation': access('revoke', { severity: 5 }),
  'stream.began': setting('Stream of the audit log', 'create', { severity: 2 }),
  'stream.failed': finding('create', 3),
  'stream.recovered': finding('close', 2),
  'erasure.asked': setting('Erasure', 'create', { severity: 2 }),
  'erasure.confirmed': setting('Erasure', 'update', { severity: 3 }),
  'erasure.declined': setting('Erasure', 'update'),
  'alert.raised': finding('create', 3),
  'alert.answered': finding('close', 2),
  'alert.answer_refused': finding('update', 2, { failed: true }),
  'alert.rule_failed': finding('create', 3),
  'erasure.refused': setting('Erasure', 'update', refused),
  'hold.placed': setting('Legal hold', 'create', { severity: 2 }),
  'hold.lift_asked': setting('Legal hold', 'update', { severity: 2 }),
  'hold.lift_declined': setting('Legal hold', 'update'),
  'hold.lifted': setting('Legal hold', 'delete', { severity: 3 }),
  'hold.refused': setting('Legal hold', 'update', { severity: 3, failed: true }),
}

export function meaningOf(event: LeafEvent): Meaning {
  const meaning = meanings[event.action]
  return typeof meaning === 'function' ? meaning(event) : meaning
}
