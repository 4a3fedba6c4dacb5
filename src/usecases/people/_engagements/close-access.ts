import { type Actor, daypass } from '../../../domain/audit-event.ts'
import { isToBeTakenBack } from '../../../domain/grant.ts'
import type { Transaction } from '../../../domain/transaction.ts'
import { orderRevocation } from '../../_shared/begin-revocation.ts'
import { closeRequest } from '../../_shared/close-request.ts'
import { stopRun } from '../../_shared/stop-run.ts'

/** The numbers of requests that were cancelled and grants that are being revoked. */
export interface ClosedAccess {
  readonly cancelled: number
  readonly revoking: number
}

export const noAccess: ClosedAccess = { cancelled: 0, revoking: 0 }

/** Cancels the pending requests of these accounts, stops their runs and revokes their grants (`offboarded`). A repetition changes nothing. */
export async function closeAccess(
  tx: Transaction,
  accountIds: readonly string[],
  now: Date,
  actor: Actor = daypass,
): Promise<ClosedAccess> {
  const counts = { cancelled: 0, revoking: 0 }
  const byId = actor.kind === 'account' ? actor.accountId : null
  for (const accountId of accountIds) {
    // A grant is locked before a request that extends its lease.
    await tx.grants.lockAll(await tx.grants.openOf(accountId))
    for (const requestId of await tx.requests.pendingOf(accountId)) {
      const request = await tx.requests.lock(requestId)
      if (request?.status !== 'pending') continue
      await closeRequest(tx, request, 'cancelled', actor, now)
      counts.cancelled += 1
    }
    for (const runId of await tx.runs.openOf(accountId)) await stopRun(tx, runId, offboarded, now, actor)
    for (const grant of await tx.grants.lockAll(await tx.grants.openOf(accountId))) {
      if (!isToBeTakenBack(grant)) continue
      await orderRevocation(tx, grant, { cause: 'offboarded', byId, reason: null, startedAt: now }, actor)
      counts.revoking += 1
    }
  }
  return counts
}

const offboarded = {
  code: 'offboarded',
  message: 'The account of the requester is closed, or the engagement no longer holds.',
}
