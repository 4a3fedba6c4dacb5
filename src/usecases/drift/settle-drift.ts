import { z } from 'zod'
import { daypass } from '../../domain/audit-event.ts'
import { usualDrift } from '../../domain/catalog.ts'
import { type AccessOrder, ConnectorError } from '../../domain/connector.ts'
import { isLive } from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { orderRevocation } from '../_shared/begin-revocation.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { frozenFor } from '../_shared/frozen.ts'
import { orderOf } from '../_shared/order-of.ts'
import { orderOfNobody } from '../_shared/order-of-nobody.ts'
import { tellSecurityOnce } from '../rules/tell-security.ts'
import { driftEvent, driftNotice, holdingsAt } from './reconcile-resource.ts'

const data = z.object({
  resourceId: z.string(),
  grantId: z.string(),
  found: z.enum(['unaccounted', 'missing']),
  detail: z.string(),
})
type DriftData = z.infer<typeof data>
declare module '../../domain/effect.ts' {
  interface Effects {
    settle_drift: DriftData
  }
}

type SettlePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors'>

/** Ends one difference, if it is still there: removes what no grant accounts for, gives what is missing again, or ends it. */
async function settleDrift(ports: SettlePorts, drift: DriftData): Promise<EffectOutcome> {
  const history = await ports.store.histories.byGrant(drift.grantId)
  const held = await holdingsAt(ports, drift.resourceId)
  if (held === null) return done('the target cannot list what it holds')
  const isHeld = held.has(drift.grantId)
  return drift.found === 'unaccounted'
    ? removeUnaccounted(ports, drift, isHeld, history)
    : settleMissing(ports, drift, isHeld, history)
}

async function removeUnaccounted(
  { store, clock, connectors }: SettlePorts,
  drift: DriftData,
  isHeld: boolean,
  history: RequestHistory | null,
): Promise<EffectOutcome> {
  const { resourceId, grantId } = drift
  if (!isHeld) return done('it is gone')
  if (history?.grant && isLive(history.grant)) return done('a grant accounts for it')
  const now = clock.now()
  await connectors
    .of(resourceId)
    .revoke(history?.grant ? orderFrom(history, now) : orderOfNobody(resourceId, grantId, now))
  await store.transaction((tx) => record(tx, drift, 'removed', history, clock.now()))
  return done(`removed ${grantId}`)
}

async function settleMissing(
  ports: SettlePorts,
  drift: DriftData,
  isHeld: boolean,
  history: RequestHistory | null,
): Promise<EffectOutcome> {
  const { store, clock, catalog, connectors } = ports
  const grant = history?.grant
  if (isHeld || !history || grant?.status !== 'active') return done('it is settled')
  if (grant.lease.endsAt <= clock.now()) return done('its lease is over')
  const { missing } = catalog.defaults.drift ?? usualDrift
  const about = { accountId: grant.holderId, resourceId: grant.resourceId }
  const freeze = await store.transaction((tx) => frozenFor(tx, about, clock.now()))
  // The next comparison after the freeze finds it again.
  if (missing === 'restore' && freeze) return done('nothing is given while it is frozen')
  if (missing === 'restore') {
    const restored = await restore(ports, history, drift)
    if (restored) return restored
  }
  const outcome = missing === 'restore' ? 'restored' : 'ended'
  const state = await store.transaction(async (tx) => {
    const locked = await tx.grants.lock(grant.id)
    if (locked?.status !== 'active') return 'over'
    if (locked.generation !== grant.generation) return 'moved'
    const now = clock.now()
    await record(tx, drift, outcome, history, now)
    const reason = 'Somebody removed the access at the target.'
    if (missing === 'end')
      await orderRevocation(tx, locked, { cause: 'revoked', byId: null, reason, startedAt: now }, daypass)
    return 'still'
  })
  // The end moved meanwhile, so the target has the former one.
  if (state === 'moved') return settleMissing(ports, drift, false, await store.histories.byGrant(grant.id))
  if (state === 'still' || missing === 'end') return done(outcome)
  // The lease ended while it was given again, perhaps before that: what was given then would outlive it.
  await connectors.of(drift.resourceId).revoke(orderFrom(history, clock.now()))
  return done('the lease ended meanwhile; removed the access once more')
}

/** Null: it was given. A fault that time does not repair is told, and the next comparison finds it again. */
async function restore(
  { store, clock, connectors }: SettlePorts,
  history: RequestHistory,
  drift: DriftData,
): Promise<EffectOutcome | null> {
  const { grant } = history
  if (grant?.status !== 'active') return done('it is settled')
  try {
    await connectors.of(grant.resourceId).grant(orderFrom(history, grant.lease.endsAt))
    return null
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.retryable) throw error
    const failed = { ...drift, detail: error.message }
    const now = clock.now()
    await store.transaction(async (tx) => {
      const notice = driftNotice(drift.resourceId, failed, 'not_restored', history)
      if (!(await tellSecurityOnce(tx, `not restored ${grant.id}`, now, notice))) return
      await tx.audit.append(driftEvent(drift.resourceId, failed, 'not_restored', history, now))
    })
    return done(`cannot be restored: ${error.message}`)
  }
}

function orderFrom(history: RequestHistory, until: Date): AccessOrder {
  if (!history.grant) throw new Error('there is no grant')
  return orderOf(history.grant, history.request, history.requester, until)
}

async function record(
  tx: Transaction,
  drift: DriftData,
  outcome: 'removed' | 'restored' | 'ended',
  history: RequestHistory | null,
  now: Date,
): Promise<void> {
  await tx.audit.append(driftEvent(drift.resourceId, drift, outcome, history, now))
  const notice = driftNotice(drift.resourceId, drift, outcome, history)
  await tx.outbox.add({ kind: 'tell_security', at: now.toISOString(), notice }, now)
}

export const settleDriftEffect = defineEffect({
  kind: 'settle_drift',
  data,
  queue: 'revoke',
  longestBackoffSeconds: 300,
  run: each(settleDrift),
})
