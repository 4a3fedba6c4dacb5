import { addSeconds } from 'date-fns/addSeconds'
import { type AuditEvent, daypass } from '../../domain/audit-event.ts'
import { usualDrift } from '../../domain/catalog.ts'
import type { Connector } from '../../domain/connector.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { SecurityNotice } from '../../domain/security-notice.ts'
import { ofGrant, ofNoRequest } from '../_shared/audit-events.ts'
import { orderOf } from '../_shared/order-of.ts'
import { tellSecurityOnce } from '../rules/tell-security.ts'

/** One access about which target and grants disagree. */
export interface Drift {
  readonly found: 'unaccounted' | 'missing'
  readonly grantId: string
  /** The access, as the target shows it. */
  readonly detail: string
}

export type Reconciliation =
  | { readonly kind: 'compared'; readonly held: number; readonly drifts: readonly Drift[] }
  /** The target cannot tell what it holds. */
  | { readonly kind: 'cannot_list' }

type ReconcilePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors'>

/**
 * Compares everything that Daypass made at a target with the live grants. Announces each difference once a day, and orders its
 * end. Access that Daypass did not make is not in the list, so it is never touched. Throws `ConnectorError`.
 */
export async function reconcileResource(ports: ReconcilePorts, resourceId: string): Promise<Reconciliation> {
  const first = await holdingsAt(ports, resourceId)
  if (first === null) return { kind: 'cannot_list' }
  const suspected = await compare(ports, resourceId, first)
  if (suspected.length === 0) return { kind: 'compared', held: first.size, drifts: [] }
  // A lease that began or ended between the two readings looks like a difference. One that is still there afterwards is one.
  const second = (await holdingsAt(ports, resourceId)) ?? first
  const still = new Set((await compare(ports, resourceId, second)).map(keyOf))
  const drifts = suspected.filter((drift) => still.has(keyOf(drift)))
  for (const drift of drifts) await announce(ports, resourceId, drift)
  return { kind: 'compared', held: second.size, drifts }
}

function isGrantId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}

/** What the target shows now, by grant id. Null: it cannot tell. */
export async function holdingsAt(
  ports: Pick<Ports, 'store' | 'connectors'>,
  resourceId: string,
): Promise<Map<string, string> | null> {
  const connector = ports.connectors.of(resourceId)
  if (!connector.list) return connector.isHeld ? heldOf(ports, connector, resourceId) : null
  const holdings = new Map<string, string>()
  for await (const { grantId, detail } of connector.list()) holdings.set(grantId, detail)
  return holdings
}

/** A target that does not know what Daypass made is asked about each active lease. */
async function heldOf(
  { store }: Pick<Ports, 'store'>,
  connector: Connector,
  resourceId: string,
): Promise<Map<string, string>> {
  const active = (await store.liveGrantsAt(resourceId)).filter(({ status }) => status === 'active')
  const holdings = new Map<string, string>()
  for (const { id } of active) {
    const history = await store.histories.byGrant(id)
    if (history?.grant?.status !== 'active') continue
    const { grant, request, requester } = history
    const isHeld = await connector.isHeld?.(orderOf(grant, request, requester, grant.lease.endsAt))
    if (isHeld) holdings.set(id, `access of ${grant.login ?? requester.displayName}`)
  }
  return holdings
}

async function compare(
  { store }: ReconcilePorts,
  resourceId: string,
  held: ReadonlyMap<string, string>,
): Promise<Drift[]> {
  const live = new Map((await store.liveGrantsAt(resourceId)).map(({ id, status }) => [id, status]))
  const unaccounted = [...held].filter(([grantId]) => !live.has(grantId))
  const missing = [...live].filter(([grantId, status]) => status === 'active' && !held.has(grantId))
  return [
    ...unaccounted.map(([grantId, detail]): Drift => ({ found: 'unaccounted', grantId, detail })),
    ...missing.map(([grantId]): Drift => ({ found: 'missing', grantId, detail: `grant ${grantId}` })),
  ]
}

function keyOf({ found, grantId }: Drift): string {
  return `${found} ${grantId}`
}

async function announce(
  { store, clock, catalog }: ReconcilePorts,
  resourceId: string,
  drift: Drift,
): Promise<void> {
  const { found, grantId, detail } = drift
  const rules = catalog.defaults.drift ?? usualDrift
  const history = await store.histories.byGrant(grantId)
  const now = clock.now()
  // An object whose name holds no id of a grant cannot be removed by that id.
  const isRemoved = found === 'unaccounted' && rules.unaccounted === 'remove' && isGrantId(grantId)
  await store.transaction(async (tx) => {
    if (found === 'unaccounted') {
      const outcome = isRemoved ? 'to_be_removed' : 'announced'
      const notice = driftNotice(resourceId, drift, outcome, history)
      if (!(await tellSecurityOnce(tx, `${resourceId} ${keyOf(drift)}`, now, notice))) return
      await tx.audit.append(driftEvent(resourceId, drift, outcome, history, now))
      if (!isRemoved) return
    } else if (!(await tx.interactions.claim(`settle ${resourceId} ${keyOf(drift)}`, now))) return
    const dueAt = isRemoved ? addSeconds(now, rules.removeAfterSeconds) : now
    await tx.outbox.add({ kind: 'settle_drift', resourceId, grantId, found, detail }, dueAt)
  })
}

export function driftNotice(
  resourceId: string,
  { found, detail }: Drift,
  outcome: Extract<SecurityNotice, { kind: 'access_drifted' }>['outcome'],
  history: RequestHistory | null,
): SecurityNotice {
  const reference = history?.request.reference ?? null
  return { kind: 'access_drifted', resourceId, found, outcome, detail, reference }
}

export function driftEvent(
  resourceId: string,
  { found, grantId, detail }: Drift,
  outcome: string,
  history: RequestHistory | null,
  at: Date,
): AuditEvent {
  const details = { found, outcome, grant: grantId, detail }
  if (history?.grant) return ofGrant(history.grant, 'grant.drifted', daypass, at, { details })
  const about = ofNoRequest({ kind: 'resource', id: resourceId })
  return { at, actor: daypass, action: 'grant.drifted', ...about, resourceId, details }
}
