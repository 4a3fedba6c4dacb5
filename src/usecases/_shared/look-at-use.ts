import { withDeadline } from '../../deadline.ts'
import type { ActivityLook } from '../../domain/activity.ts'
import type { AccessOrder } from '../../domain/connector.ts'
import type { Ports } from '../../domain/ports.ts'
import { failureOf } from './order-of.ts'

/** One look at the use of a lease: what the target showed, or why it showed nothing. */
export type Look = { readonly grantId: string } & (
  | { readonly seen: ActivityLook; readonly failure?: never }
  | { readonly seen?: never; readonly failure: string }
)

/**
 * Asks one target about the use of these leases, in one question that waits no longer than `mostMs`. Null: this target cannot tell.
 * Never rejects: a look that fails holds up nothing.
 */
export async function lookAtUse(
  { clock, connectors }: Pick<Ports, 'clock' | 'connectors'>,
  orders: readonly AccessOrder[],
  mostMs: number,
): Promise<readonly Look[] | null> {
  const [first] = orders
  if (!first) return []
  try {
    const asked = connectors.of(first.resourceId).activity?.(orders)
    if (!asked) return null
    // It goes on where it is too late, and nobody waits for its failure.
    asked.catch(() => {})
    const looks = await withDeadline('The target', mostMs, asked)
    return orders.map(({ grantId }, index) => {
      const seen = looks[index]
      return seen ? { grantId, seen } : { grantId, failure: 'The target did not answer for this lease.' }
    })
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'DeadlineExceeded'
    const failure = isLate ? error.message : failureOf(error, clock.now()).failure.message
    return orders.map(({ grantId }) => ({ grantId, failure }))
  }
}
