import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import {
  type GrantStatus,
  grantStatuses,
  liveStatuses,
  openStatuses,
  type RevocationCause,
  revocationCauses,
} from '../../domain/grant.ts'
import { accounts } from './accounts.ts'
import { instant, isOneOf, json } from './columns.ts'
import { requests } from './requests.ts'

export const grants = pgTable(
  'grants',
  {
    id: uuid('id').primaryKey(),
    requestId: uuid('request_id')
      .notNull()
      .references(() => requests.id),
    holderId: uuid('holder_id')
      .notNull()
      .references(() => accounts.id),
    resourceId: text('resource_id').notNull(),
    entitlementId: text('entitlement_id').notNull(),
    approvedContent: json('approved_content').notNull(),
    durationSeconds: integer('duration_seconds').notNull(),
    /** The planned start, as in the request. */
    startsAt: instant('starts_at'),
    generation: integer('generation').notNull(),
    createdAt: instant('created_at').notNull(),
    /** The time of the request's submission. A trigger sets it, for `grants_held`. */
    requestedAt: instant('requested_at').notNull().default(sql`now()`),
    /** The login in the target system to which the access is given. */
    login: text('login'),
    /** What the connector found at the target before it gave anything to this login. */
    before: json('found_before'),
    /** The name of the login that the activation waits for. */
    awaitsLogin: text('awaits_login'),
    /** The sentence that says who must do what at the target first. */
    awaits: text('awaits'),
    /** The last time at which the activation waited for a person. */
    awaitedAt: instant('awaited_at'),
    status: text('status').$type<GrantStatus>().notNull(),
    attempts: integer('attempts').notNull().default(0),
    activatedAt: instant('activated_at'),
    leaseEndsAt: instant('lease_ends_at'),
    /** The read-back that showed the access. It stays when the status changes. */
    granted: json('granted'),
    /** The last use that the target showed. */
    lastUsedAt: instant('last_used_at'),
    /** The last time at which the holder said that the idle lease is still needed. */
    keptAt: instant('kept_at'),
    /** When the holder was asked whether the idle lease is still needed. */
    idleAskedAt: instant('idle_asked_at'),
    revocationCause: text('revocation_cause').$type<RevocationCause>(),
    revokedById: uuid('revoked_by_id').references(() => accounts.id),
    revocationReason: text('revocation_reason'),
    revocationStartedAt: instant('revocation_started_at'),
    failureCode: text('failure_code'),
    failureMessage: text('failure_message'),
    failedAt: instant('failed_at'),
    endedAt: instant('ended_at'),
    /** The read-back that showed that the access is gone. */
    removed: json('removed'),
  },
  (t) => [
    unique('grants_one_per_request').on(t.requestId),
    check('grants_status_known', isOneOf(t.status, grantStatuses)),
    check('grants_cause_known', isOneOf(t.revocationCause, revocationCauses)),
    check(
      'grants_wait_only_while_activating',
      sql`${t.status} = 'activating' or (${t.awaitsLogin} is null and ${t.awaitedAt} is null)`,
    ),
    check('grants_look_before_giving', sql`${t.before} is null or ${t.login} is not null`),
    check(
      'grants_wait_while_something_goes_on',
      sql`${t.awaits} is null or ${t.status} in ('activating', 'revoking')`,
    ),
    check('grants_duration_positive', sql`${t.durationSeconds} > 0`),
    check('grants_counters_not_negative', sql`${t.generation} >= 0 and ${t.attempts} >= 0`),
    check('grants_lease_whole', sql`(${t.activatedAt} is null) = (${t.leaseEndsAt} is null)`),
    check('grants_lease_not_backwards', sql`${t.leaseEndsAt} >= ${t.activatedAt}`),
    check(
      'grants_active_have_lease_and_evidence',
      sql`${t.status} <> 'active' or (${t.leaseEndsAt} is not null and ${t.granted} is not null)`,
    ),
    check(
      'grants_without_access_have_no_lease',
      sql`${t.status} not in ('scheduled', 'activating', 'cancelled', 'activation_failed') or ${t.leaseEndsAt} is null`,
    ),
    check(
      'grants_scheduled_have_start',
      sql`${t.status} not in ('scheduled', 'cancelled') or ${t.startsAt} is not null`,
    ),
    check(
      'grants_scheduled_untouched',
      sql`${t.status} not in ('scheduled', 'cancelled') or (${t.login} is null and ${t.granted} is null and ${t.attempts} = 0)`,
    ),
    check('grants_begin_not_before_start', sql`${t.activatedAt} >= ${t.startsAt}`),
    check(
      'grants_approved_before_planned_end',
      sql`${t.createdAt} < ${t.startsAt} + make_interval(secs => ${t.durationSeconds})`,
    ),
    check('grants_asked_while_active', sql`${t.idleAskedAt} is null or ${t.status} = 'active'`),
    check(
      'grants_revocation_says_why_and_when',
      sql`(${t.status} in ('revoking', 'revocation_failed', 'ended', 'revoked', 'cancelled')) = (${t.revocationCause} is not null) and (${t.revocationCause} is null) = (${t.revocationStartedAt} is null)`,
    ),
    check(
      'grants_failure_says_what_and_when',
      sql`(${t.status} in ('activation_failed', 'revocation_failed')) = (${t.failureCode} is not null) and (${t.failureCode} is null) = (${t.failureMessage} is null) and (${t.failureCode} is null) = (${t.failedAt} is null)`,
    ),
    check(
      'grants_final_say_when',
      sql`(${t.status} in ('ended', 'revoked', 'cancelled', 'activation_failed')) = (${t.endedAt} is not null)`,
    ),
    check(
      'grants_gone_have_evidence',
      sql`(${t.status} in ('ended', 'revoked')) = (${t.removed} is not null)`,
    ),
    check(
      'grants_end_by_lease_or_are_revoked',
      sql`${t.status} not in ('ended', 'revoked') or (${t.status} = 'ended') = (${t.revocationCause} = 'lease_ended')`,
    ),
    index('grants_open').on(t.holderId).where(isOneOf(t.status, openStatuses)),
    // The leases that give a login access at a target.
    index('grants_of_login')
      .on(t.resourceId, t.login)
      .where(sql`${t.login} is not null and ${isOneOf(t.status, liveStatuses)}`),
    // Finds the requests that were open at one instant, however long ago. `least`, because a clock may have been put back.
    index('grants_held')
      .using('gist', sql`tstzrange(least(${t.requestedAt}, ${t.endedAt}), ${t.endedAt}, '[]')`)
      .where(sql`${t.endedAt} is not null`),
  ],
)

export type GrantRow = typeof grants.$inferSelect
export type NewGrantRow = typeof grants.$inferInsert
