import { daypass } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofGrant, ofNoRequest } from '../_shared/audit-events.ts'
import { orderRevocation } from '../_shared/begin-revocation.ts'
import type { EmergencyEntry } from './emergency-entry.ts'

/**
 * Puts emergency revocations on record, each once, and revokes the grants that still look live: their access is gone, and must not
 * be given again. Resolves with the number that was new.
 */
export async function recordEmergency(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  entries: readonly EmergencyEntry[],
): Promise<number> {
  let recorded = 0
  for (const entry of entries)
    if (await store.transaction((tx) => recordOne(tx, entry, clock.now()))) recorded += 1
  return recorded
}

async function recordOne(tx: Transaction, entry: EmergencyEntry, now: Date): Promise<boolean> {
  const { by, at, detail, removed, said, reason } = entry
  if (!(await tx.interactions.claim(`emergency ${entry.id}`, now))) return false
  const details = { done_by: by, done_at: at, access: detail, removed, said }
  const grant = isGrantId(entry.grantId) ? await tx.grants.lock(entry.grantId) : null
  const about = grant
    ? ofGrant(grant, 'record.emergency_revocation', daypass, now, { details })
    : {
        ...ofNoRequest({ kind: 'resource', id: entry.resourceId }),
        resourceId: entry.resourceId,
        at: now,
        actor: daypass,
        action: 'record.emergency_revocation' as const,
        details,
      }
  await tx.audit.append(about)
  if (grant?.status === 'active' || grant?.status === 'activating') {
    const why = `Emergency revocation by ${by}: ${reason}`
    await orderRevocation(tx, grant, { cause: 'revoked', byId: null, reason: why, startedAt: now })
  }
  return true
}

function isGrantId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}
