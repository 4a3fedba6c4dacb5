import { isDeepStrictEqual } from 'node:util'
import { daypass } from '../../../domain/audit-event.ts'
import { type Catalog, findEntitlement } from '../../../domain/catalog.ts'
import type { ReadyRun } from '../../../domain/connector.ts'
import { accessEndsAt } from '../../../domain/engagement.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import type { RunFailure } from '../../../domain/run.ts'
import { ofRequest } from '../../_shared/audit-events.ts'
import { frozenCode, frozenFor, frozenMessage } from '../../_shared/frozen.ts'
import { orderRunMessages } from '../../_shared/order-run-messages.ts'
import { renderAction } from '../../_shared/read-offer.ts'

type BeginPorts = Pick<Ports, 'store' | 'clock' | 'catalog'>

/** Why the run must not begin, by the present catalog and people. Null: it may. */
export function refusalToBegin(
  { catalog, clock }: Pick<Ports, 'catalog' | 'clock'>,
  { request, requester, engagement }: RequestHistory,
): RunFailure | null {
  const limit = accessEndsAt(requester.guestExpiresAt, engagement)
  if (requester.isDeactivated || (limit && limit <= clock.now()))
    return {
      code: 'account_ended',
      message: 'The account, the engagement or the guest account of the requester has ended.',
    }
  return changedSince(catalog, request)
}

/** Only what was approved is run: the same content and values, which make the same text. */
function changedSince(catalog: Catalog, { asksFor, terms }: RequestHistory['request']): RunFailure | null {
  if (asksFor.kind !== 'action') return { code: 'unexpected', message: 'It asks for no action.' }
  const { resourceId, entitlementId, action } = asksFor
  const offer = findEntitlement(catalog, resourceId, entitlementId)
  if (!offer?.entitlement.action)
    return { code: 'not_in_catalog', message: `${resourceId} no longer offers ${entitlementId}.` }
  const { resource, entitlement } = offer
  const isSame =
    isDeepStrictEqual(entitlement.content, terms.content) &&
    action.text.endsWith(`\n${renderAction(resource, entitlement, action.values)}`)
  if (isSame) return null
  const message = `What ${entitlementId} does has changed in the catalog since this was approved: ask for it again.`
  return { code: 'conflict', message }
}

/**
 * Commits that it begins now, with what the target needs to find it again. From here on it is never executed by anybody else. `frozen`:
 * it was ended as failed. `too_late`: its time is over. `moved_on`: another process was faster, or somebody cancelled it.
 */
export function commitBegin(
  { store, clock }: BeginPorts,
  history: RequestHistory,
  ready: ReadyRun,
): Promise<'begun' | 'frozen' | 'too_late' | 'moved_on'> {
  const { request } = history
  return store.transaction(async (tx) => {
    const now = clock.now()
    const about = { accountId: request.requesterId, resourceId: request.asksFor.resourceId }
    const [run, freeze] = await Promise.all([tx.runs.lock(request.id), frozenFor(tx, about, now)])
    if (run?.status !== 'waiting') return 'moved_on'
    const { id, approvedAt, lapsesAt } = run
    if (now >= lapsesAt) return 'too_late'
    if (freeze) {
      const failure = { code: frozenCode, message: frozenMessage(freeze) }
      const ended = { id, approvedAt, lapsesAt, startedAt: null, mark: null, endedAt: now, failure }
      await tx.runs.save({ ...ended, status: 'failed' })
      const details = { code: failure.code, freeze: freeze.id }
      await tx.audit.append(ofRequest(request, 'run.failed', daypass, now, { details }))
      await orderRunMessages(tx, id, now)
      return 'frozen'
    }
    const { mark } = ready
    await tx.runs.save({
      id,
      approvedAt,
      lapsesAt,
      status: 'running',
      startedAt: now,
      beatAt: now,
      mark,
      isFollowed: false,
      progress: null,
    })
    await tx.audit.append(ofRequest(request, 'run.began', daypass, now, { details: { mark } }))
    await orderRunMessages(tx, id, now)
    return 'begun'
  })
}

/** Ends a run that never began. */
export function endWaiting(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { request }: RequestHistory,
  status: 'failed' | 'lapsed',
  failure: RunFailure,
): Promise<string> {
  return store.transaction(async (tx) => {
    const run = await tx.runs.lock(request.id)
    if (run?.status !== 'waiting') return run?.status ?? 'gone'
    const now = clock.now()
    const { id, approvedAt, lapsesAt } = run
    await tx.runs.save({
      id,
      approvedAt,
      lapsesAt,
      startedAt: null,
      mark: null,
      status,
      endedAt: now,
      failure,
    })
    const details = { code: failure.code }
    await tx.audit.append(ofRequest(request, `run.${status}`, daypass, now, { details }))
    await orderRunMessages(tx, id, now)
    return status
  })
}
