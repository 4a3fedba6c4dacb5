import { type Actor, daypass } from '../../domain/audit-event.ts'
import type { ActivatingGrant, ActiveGrant, Revocation, RevokingGrant } from '../../domain/grant.ts'
import type { Transaction } from '../../domain/ports.ts'
import { ofGrant } from './audit-events.ts'
import { orderGrantMessages } from './order-messages.ts'
import { redrawHolder } from './redraw-holder.ts'

/** The one way from holding access to losing it: the state says so before anything is touched at the target. */
export async function beginRevocation(
  tx: Transaction,
  grant: ActivatingGrant | ActiveGrant,
  revocation: Revocation,
  actor: Actor = daypass,
): Promise<RevokingGrant> {
  const {
    attempts: _,
    lease = null,
    granted: __,
    ...base
  } = { attempts: 0, granted: null, lease: null, ...grant }
  const revoking: RevokingGrant = { ...base, status: 'revoking', lease, revocation, attempts: 0 }
  await tx.grants.save(revoking)
  const details = { cause: revocation.cause }
  await tx.audit.append(ofGrant(grant, 'grant.revoking', actor, revocation.startedAt, { details }))
  return revoking
}

/** The same, with the order to carry it out. For whoever is not about to do it in this very call. */
export async function orderRevocation(
  tx: Transaction,
  grant: ActivatingGrant | ActiveGrant,
  revocation: Revocation,
  actor: Actor = daypass,
): Promise<RevokingGrant> {
  const revoking = await beginRevocation(tx, grant, revocation, actor)
  const { id: grantId, generation, resourceId } = grant
  await tx.outbox.add({ kind: 'revoke_grant', grantId, generation, resourceId }, revocation.startedAt)
  await orderGrantMessages(tx, grant, ['card'], revocation.startedAt)
  if (revoking.lease) await redrawHolder(tx, grant, revocation.startedAt)
  // It says that access is to come.
  else await orderGrantMessages(tx, grant, ['requester:submitted'], revocation.startedAt)
  return revoking
}
