import { leaseUser } from './acl.ts'
import type { Target } from './target.ts'

/** By the connections that are open now: https://redis.io/docs/latest/commands/client-list/ */
export async function lastUsed(
  target: Target,
  orders: readonly { readonly grantId: string }[],
): Promise<(number | null)[]> {
  const [list] = await target.send([['CLIENT', 'LIST']])
  const idle = new Map<string, number>()
  for (const line of String(list).split('\n')) {
    const user = / user=(\S+)/.exec(line)?.[1]
    const seconds = / idle=(\d+)/.exec(line)?.[1]
    if (user === undefined || seconds === undefined) continue
    idle.set(user, Math.min(Number(seconds), idle.get(user) ?? Number.POSITIVE_INFINITY))
  }
  return orders.map(({ grantId }) => idle.get(leaseUser(target.resourceId, grantId)) ?? null)
}
