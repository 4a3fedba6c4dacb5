import type { ActivityLook } from '../../domain/activity.ts'
import { grantToken } from '../_shared/lease-name.ts'
import type { AuditLog, Calls } from './audit-log.ts'

/** Each showing of credentials makes another account of the lease. More of them are not looked at. */
const mostGenerations = 50

/** The calls of leases by the audit log, which names the accounts of leases. */
export async function readActivity(
  log: AuditLog,
  orders: readonly { readonly grantId: string }[],
): Promise<ActivityLook[]> {
  const { calls, isWhole } = await log.read()
  const at = new Date()
  return orders.map(({ grantId }): ActivityLook => {
    const own: Calls[] = []
    for (let generation = 0; generation <= mostGenerations; generation += 1) {
      const found = calls(`${grantToken(grantId)}-${generation}`)
      if (found) own.push(found)
    }
    const addresses = new Set(own.flatMap((found) => [...found.addresses]))
    const last = own.flatMap(({ lastAt }) => lastAt ?? []).sort((a, b) => b.getTime() - a.getTime())
    return {
      at,
      unit: 'call',
      lastUsedAt: last[0] ?? null,
      sessions: [...addresses].map((address) => ({ id: address, address, openedAt: null })),
      operations: together(own),
      isCounted: isWhole,
      refused: own.reduce((sum, { refused }) => sum + refused, 0),
      limits: ['The names and the content of objects are not kept, nor what was done within `exec`.'],
    }
  })
}

function together(own: readonly Calls[]): ActivityLook['operations'] {
  const sums = new Map<string, ActivityLook['operations'][number]>()
  for (const { operations } of own)
    for (const operation of operations.values()) {
      const count = (sums.get(operation.text)?.count ?? 0) + operation.count
      sums.set(operation.text, { ...operation, count })
    }
  return [...sums.values()]
}
