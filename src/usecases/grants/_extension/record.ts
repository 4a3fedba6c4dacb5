import { daypass } from '../../../domain/audit-event.ts'
import type { Evidence } from '../../../domain/connector.ts'
import type { ActiveGrant } from '../../../domain/grant.ts'
import { leaseOf } from '../../../domain/lease-extension.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { AccessRequest } from '../../../domain/request.ts'
import type { Transaction } from '../../../domain/transaction.ts'
import { evidenceDetails, ofGrant } from '../../_shared/audit-events.ts'
import { frozenFor, frozenMessage } from '../../_shared/frozen.ts'
import { orderGrantMessages, orderRequestMessages } from '../../_shared/order-messages.ts'
import { planEnd } from '../../_shared/plan-end.ts'
import { redrawHolders } from '../../_shared/redraw-holders.ts'

type RecordPorts = Pick<Ports, 'store' | 'clock' | 'catalog'>

interface Moved {
  readonly until: Date
  /** The read-back that showed the access with its new end. */
  readonly granted: Evidence
}

/**
 * Records that the end of the lease has moved. Otherwise says why it has not: then the target has an end that is not on record.
 * `asked`: the grant as it was when the target was asked.
 */
export async function recordExtended(
  { store, clock, catalog }: RecordPorts,
  { id: requestId, reference }: Pick<AccessRequest, 'id' | 'reference'>,
  asked: ActiveGrant,
  { until, granted }: Moved,
): Promise<'extended' | 'settled already' | 'the lease has changed'> {
  return store.transaction(async (tx) => {
    const grant = await tx.grants.lock(asked.id)
    const now = clock.now()
    if (await tx.leaseExtensions.of(requestId)) return 'settled already'
    const freeze =
      grant && (await frozenFor(tx, { accountId: grant.holderId, resourceId: grant.resourceId }, now))
    if (freeze) {
      await recordFailure(tx, { requestId, grantId: asked.id }, frozenMessage(freeze), now)
      return 'the lease has changed'
    }
    if (grant?.status !== 'active' || now >= grant.lease.endsAt || grant.generation !== asked.generation) {
      await recordFailure(
        tx,
        { requestId, grantId: asked.id },
        'The lease has changed or ended meanwhile.',
        now,
      )
      return 'the lease has changed'
    }
    const { lease } = grant
    const extended: ActiveGrant = {
      ...grant,
      // The revocation and the notices for the former end do nothing now.
      generation: grant.generation + 1,
      lease: { ...lease, endsAt: until },
      granted,
    }
    const ends = { grantId: grant.id, fromEndsAt: lease.endsAt, endsAt: until }
    await tx.leaseExtensions.insert({ requestId, ...ends, at: now, failure: null })
    await tx.grants.save(extended)
    await planEnd(tx, extended, catalog.defaults.expiryNoticesSeconds, now)
    const details = {
      extension: reference,
      ends_at: until.toISOString(),
      would_have_ended_at: lease.endsAt.toISOString(),
      evidence: evidenceDetails(granted),
    }
    await tx.audit.append(ofGrant(extended, 'grant.lease_extended', daypass, now, { details }))
    await redrawHolders(tx, [extended], () => now)
    await tellOutcome(tx, extended, requestId, now)
    return 'extended'
  })
}

/** Records that an approved extension has failed. A repetition changes nothing. */
export async function recordFailed(
  { store, clock }: RecordPorts,
  order: { readonly requestId: string; readonly grantId: string },
  why: string,
): Promise<string> {
  return store.transaction(async (tx) => {
    await tx.grants.lock(order.grantId)
    if (!(await tx.leaseExtensions.of(order.requestId))) await recordFailure(tx, order, why, clock.now())
    return `failed: ${why}`
  })
}

async function recordFailure(
  tx: Transaction,
  { requestId, grantId }: { readonly requestId: string; readonly grantId: string },
  failure: string,
  now: Date,
): Promise<void> {
  const grant = await tx.grants.lock(grantId)
  const endsAt = grant && leaseOf(grant)?.endsAt
  if (!endsAt) throw new Error(`grant ${grantId} has no lease`)
  await tx.leaseExtensions.insert({ requestId, grantId, fromEndsAt: endsAt, endsAt, at: now, failure })
  const details = { extension_request: requestId, message: failure }
  await tx.audit.append(ofGrant(grant, 'grant.extension_failed', daypass, now, { details }))
  await tellOutcome(tx, grant, requestId, now)
}

/** Tells the holder and the owners, and shows it on the cards of the lease and of the extension. */
async function tellOutcome(
  tx: Transaction,
  grant: { readonly id: string; readonly requestId: string },
  requestId: string,
  now: Date,
): Promise<void> {
  await orderGrantMessages(tx, grant, ['card'], now)
  await orderRequestMessages(
    tx,
    requestId,
    ['card', 'requester:submitted', 'thread:extension', 'requester:extension'],
    now,
  )
}
