import { type Actor, type AuditEvent, daypass } from '../../domain/audit-event.ts'
import type { ActivatingGrant, ActiveGrant, Grant, Revocation, RevokingGrant } from '../../domain/grant.ts'
import type { Transaction } from '../../domain/ports.ts'
import { ofGrant } from './audit-events.ts'
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
    lease = null,
    granted: __,
    ...base
  } = { attempts: 0, granted: null, lease: null, ...grant }
  return { ...base, status: 'revoking', lease, revocation, attempts }
}

/** The audit event of this change. */
export function revokingEvent(
  grant: Grant,
  { cause, startedAt }: Revocation,
  actor: Actor = daypass,
): AuditEvent {
  return ofGrant(grant, 'grant.revoking', actor, startedAt, { details: { cause } })
}

/** Sets the grant to `revoking`, with the order to carry it out. */
export async function orderRevocation(
  tx: Transaction,
  grant: ActivatingGrant | ActiveGrant,
  revocation: Revocation,
  actor: Actor = daypass,
): Promise<RevokingGrant> {
  const revoking = asRevoking(grant, revocation)
  await tx.grants.save(revoking)
  await tx.audit.append(revokingEvent(grant, revocation, actor))
  const { id: grantId, generation, resourceId } = grant
  await tx.outbox.add({ kind: 'revoke_grant', grantId, generation, resourceId }, revocation.startedAt)
  await orderGrantMessages(tx, grant, ['card'], revocation.startedAt)
  if (revoking.lease) await redrawHolders(tx, [grant], () => revocation.startedAt)
  // It says that access is to come.
  else await orderGrantMessages(tx, grant, ['requester:submitted'], revocation.startedAt)
  return revoking
}
