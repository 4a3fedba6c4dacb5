import { type Actor, type AuditEvent, daypass } from '../../domain/audit-event.ts'
import {
  type ActivatingGrant,
  type ActiveGrant,
  awaitsPerson,
  type CancelledGrant,
  type Grant,
  type Revocation,
  type RevokingGrant,
  type ScheduledGrant,
} from '../../domain/grant.ts'
import { said } from '../../domain/record/said-text.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofGrant } from './audit-events.ts'
import { closeExtensions } from './close-extensions.ts'
import { orderGrantMessages } from './order-messages.ts'
import { redrawHolders } from './redraw-holders.ts'

/** The only way into a revocation. The new state is recorded before any operation at the target. */
export function asRevoking(
  grant: ActivatingGrant | ActiveGrant,
  revocation: Revocation,
  attempts = 0,
): RevokingGrant {
  const {
    attempts: _,
    lease,
    // The activation waited for this. The revocation waits for something else.
    awaits: __,
    idleAskedAt: ___,
    lastUsedAt: ____,
    keptAt: _____,
    ...base
  } = { attempts: 0, lease: null, awaits: null, idleAskedAt: null, lastUsedAt: null, keptAt: null, ...grant }
  return { ...base, status: 'revoking', lease, revocation, attempts }
}

/** The audit event of this change. */
export function revokingEvent(
  grant: Grant,
  { cause, startedAt, reason }: Revocation,
  actor: Actor = daypass,
): AuditEvent {
  return ofGrant(grant, 'grant.revoking', actor, startedAt, {
    details: { cause },
    said: said(grant.id, { revocation_reason: reason }),
  })
}

/**
 * Sets the grant to `revoking`, with the order to carry it out. One that starts later is cancelled, because the target has nothing
 * for it.
 */
export async function orderRevocation(
  tx: Transaction,
  grant: ScheduledGrant | ActivatingGrant | ActiveGrant,
  revocation: Revocation,
  actor: Actor = daypass,
): Promise<RevokingGrant | CancelledGrant> {
  if (grant.status === 'scheduled') return cancelScheduled(tx, grant, revocation, actor)
  await orderRevocations(tx, [grant], revocation, actor, { tell: true })
  return asRevoking(grant, revocation)
}

/**
 * The same for many at once. Where they are too many for a message each, nothing is told now: their messages change when the access is
 * gone, at the pace that Slack permits.
 */
export async function orderRevocations(
  tx: Transaction,
  grants: readonly (ScheduledGrant | ActivatingGrant | ActiveGrant)[],
  revocation: Revocation,
  actor: Actor,
  { tell }: { readonly tell: boolean },
): Promise<void> {
  const at = revocation.startedAt
  const begun = grants.filter((grant) => grant.status !== 'scheduled')
  for (const grant of grants)
    if (grant.status === 'scheduled') await cancelScheduled(tx, grant, revocation, actor)
  await tx.grants.saveAll(begun.map((grant) => asRevoking(grant, revocation)))
  for (const grant of begun) {
    await tx.audit.append(revokingEvent(grant, revocation, actor))
    const { id: grantId, generation, resourceId } = grant
    await tx.outbox.add({ kind: 'revoke_grant', grantId, generation, resourceId }, at)
    if (tell) await orderGrantMessages(tx, grant, ['card'], at)
    // It says that access is to come.
    if (grant.status === 'activating') await orderGrantMessages(tx, grant, ['requester:submitted'], at)
    if (awaitsPerson(grant)) await orderGrantMessages(tx, grant, ['requester:awaits'], at)
  }
  const active = begun.filter(({ status }) => status === 'active')
  await closeExtensions(
    tx,
    active.map(({ id }) => id),
    'cancelled',
    at,
    actor,
  )
  if (tell) await redrawHolders(tx, active, () => at)
}

const cancelledPurposes = [
  'card',
  'requester:submitted',
  'requester:scheduled',
  'requester:ended',
  'thread:ended',
] as const

async function cancelScheduled(
  tx: Transaction,
  grant: ScheduledGrant,
  revocation: Revocation,
  actor: Actor,
): Promise<CancelledGrant> {
  const { startedAt: now, cause, reason } = revocation
  const cancelled: CancelledGrant = { ...grant, status: 'cancelled', revocation, endedAt: now }
  await tx.grants.save(cancelled)
  await tx.audit.append(
    ofGrant(grant, 'grant.cancelled', actor, now, {
      details: { cause },
      said: said(grant.id, { revocation_reason: reason }),
    }),
  )
  await orderGrantMessages(tx, grant, cancelledPurposes, now)
  return cancelled
}
