import { activityLine, isUsed, type LeaseActivity, withFailure, withLook } from '../../domain/activity.ts'
import type { Json } from '../../domain/audit-event.ts'
import { daypass } from '../../domain/audit-event.ts'
import type { Grant } from '../../domain/grant.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofGrant } from './audit-events.ts'
import type { Look } from './look-at-use.ts'

/**
 * Adds looks to what is known of these leases. The grants are locked, or the leases go on. Resolves with the leases of which a look has
 * shown something new.
 */
export async function keepLooks(tx: Transaction, looks: readonly Look[], now: Date): Promise<string[]> {
  const known = await tx.activity.lock(looks.map(({ grantId }) => grantId))
  const kept = looks
    .filter(({ grantId }) => !known.get(grantId)?.isClosed)
    .map((look) => {
      const { grantId } = look
      const before = known.get(grantId)?.activity ?? null
      return { grantId, before, activity: withNext(before, look, now), lookedAt: now, closedAt: null }
    })
  await tx.activity.saveAll(kept)
  return kept.flatMap(({ grantId, before, activity }) => (isNews(before, activity) ? [grantId] : []))
}

function isNews(before: LeaseActivity | null, after: LeaseActivity): boolean {
  const { refused, rowsRead, rowsChanged, sessionCount, addresses, operationCount } = after
  return (
    refused > (before?.refused ?? 0) ||
    (rowsRead ?? 0) > (before?.rowsRead ?? 0) ||
    (rowsChanged ?? 0) > (before?.rowsChanged ?? 0) ||
    sessionCount > (before?.sessionCount ?? 0) ||
    operationCount > (before?.operationCount ?? 0) ||
    addresses.length > (before?.addresses.length ?? 0)
  )
}

/**
 * Closes what is known of leases that have ended, each with its last look where there was one, and puts its summary and a salted hash of
 * all of it on record. The event holds no text and no address.
 */
export async function closeActivity(
  tx: Transaction,
  ended: readonly { readonly grant: Grant; readonly look: Look | undefined }[],
  now: Date,
): Promise<void> {
  if (ended.length === 0) return
  const known = await tx.activity.lock(ended.map(({ grant }) => grant.id))
  const all = ended.flatMap(({ grant, look }) => {
    const before = known.get(grant.id)
    if (before?.isClosed || (!before && !look)) return []
    const activity = look ? withNext(before?.activity ?? null, look, now) : before?.activity
    return activity ? [{ grant, activity }] : []
  })
  const hashes = await tx.activity.saveAll(
    all.map(({ grant, activity }) => ({ grantId: grant.id, activity, lookedAt: now, closedAt: now })),
  )
  for (const { grant, activity } of all) {
    const details = { ...summaryOf(activity), hash: hashes.get(grant.id) ?? null }
    await tx.audit.append(ofGrant(grant, 'grant.activity_recorded', daypass, now, { details }))
  }
}

function withNext(before: LeaseActivity | null, look: Look, now: Date): LeaseActivity {
  return look.seen ? withLook(before, look.seen) : withFailure(before, look.failure, now)
}

function summaryOf(activity: LeaseActivity): Record<string, Json> {
  const { unit, looks, isCounted, lastUsedAt, operationCount, rowsRead, rowsChanged, refused } = activity
  return {
    message: activityLine(activity, (at) => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`),
    unit,
    looks,
    used: isUsed(activity),
    counted: isCounted,
    last_used_at: lastUsedAt?.toISOString() ?? null,
    operations: operationCount,
    objects: activity.objects.length,
    rows_read: rowsRead,
    rows_changed: rowsChanged,
    sessions: activity.sessionCount,
    addresses: activity.addresses.length,
    refused,
  }
}
