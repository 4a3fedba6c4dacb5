import { subSeconds } from 'date-fns/subSeconds'
import { usualActivityRules } from '../../domain/activity.ts'
import { ruleOf, usualNoticing } from '../../domain/noticing/all-rules.ts'
import type { Ports } from '../../domain/ports.ts'
import { keepLooks } from '../_shared/keep-activity.ts'
import { lookAtUse } from '../_shared/look-at-use.ts'
import { orderOf } from '../_shared/order-of.ts'
import { recordKept } from '../_shared/record-kept.ts'

type LookPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors'>

const mostTogether = 200
const patienceMs = 10_000

/**
 * Looks at the use of the active leases of one resource whose time for it has come, in one question. Resolves with their number.
 * Several workers share the looks: one that somebody else had a moment ago is not repeated.
 */
export async function lookAtLeases(ports: LookPorts, resourceId: string): Promise<number> {
  const { store, clock, catalog, connectors } = ports
  const { collect, everySeconds } = catalog.activity ?? usualActivityRules
  if (!collect || !connectors.of(resourceId).activity) return 0
  const ids = await store.activity.toLookAt(resourceId, subSeconds(clock.now(), everySeconds), mostTogether)
  if (ids.length === 0) return 0
  const orders = await store.transaction(async (tx) => {
    const [grants, names] = await Promise.all([tx.grants.lockAll(ids), tx.grants.namesOf(ids)])
    return grants.flatMap((grant) => {
      const known = names.get(grant.id)
      return grant.status === 'active' && known
        ? [orderOf(grant, known.request, known.holder, grant.lease.endsAt)]
        : []
    })
  })
  const looks = await lookAtUse(ports, orders, patienceMs)
  if (looks)
    await store.transaction(async (tx) => {
      // A lease that has ended meanwhile is closed, and nothing is added to it.
      const locked = await tx.grants.lockAll(orders.map(({ grantId }) => grantId))
      const active = new Set(locked.filter(({ status }) => status === 'active').map(({ id }) => id))
      const grantIds = await keepLooks(
        tx,
        looks.filter(({ grantId }) => active.has(grantId)),
        clock.now(),
      )
      if (grantIds.length > 0 && hasLiveRule(catalog))
        await tx.outbox.add({ kind: 'notice_use', grantIds }, clock.now())
    })
  return orders.length
}

function hasLiveRule({ noticing = usualNoticing }: Pick<Ports['catalog'], 'noticing'>): boolean {
  return noticing.rules.some(({ kind }) => ruleOf(kind)?.isLive)
}

const mostRemoved = 1_000

/** Removes what was seen of leases that ended long enough ago, except what legal holds cover. */
export async function removeOldActivity({ store, clock, catalog }: LookPorts): Promise<void> {
  const { keepSeconds } = catalog.activity ?? usualActivityRules
  const before = subSeconds(clock.now(), keepSeconds)
  while ((await store.activity.remove(before, mostRemoved)) === mostRemoved);
  await recordKept({ store, clock }, 'the activity of leases', await store.activity.keptByHolds(before))
}
