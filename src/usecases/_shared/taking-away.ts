import type { AccessOrder, Evidence } from '../../domain/connector.ts'
import type { RevokingGrant } from '../../domain/grant.ts'
import type { GrantNames, Ports } from '../../domain/ports.ts'
import { inBatches } from '../../in-batches.ts'
import type { BatchContext } from './define-effect.ts'
import { failureOf, orderOf } from './order-of.ts'
import type { RevocationAttempt } from './settle-revocations.ts'
import { isUnreachable, targetGroup } from './target-group.ts'

/** A grant that is on record as being revoked. */
export interface StartedRevocation extends GrantNames {
  readonly grant: RevokingGrant
  /** It failed before, and not because the target was away: it must not be what spoils a group again and again. */
  readonly alone: boolean
}

/**
 * Asks the target to take access away, once for each grant: all in one call where the connector can, a few at once where it
 * cannot. Never rejects.
 */
export function takingAway(
  { clock, connectors }: Pick<Ports, 'clock' | 'connectors'>,
  context: BatchContext,
): (started: StartedRevocation) => Promise<RevocationAttempt> {
  const group = targetGroup(context)
  const asked = new Map<string, Promise<RevocationAttempt>>()

  /** Null where the connector is to be asked one by one. */
  const askTogether = inBatches(async (orders: readonly AccessOrder[]) => {
    const [first, second] = orders
    const connector = first && second && connectors.of(first.resourceId)
    const answers = connector?.revokeAll?.(orders) ?? []
    return orders.map((order, index) => {
      const answer = answers[index]
      return { attempt: answer ? attempt(order.grantId, answer) : null }
    })
  })
  const attempt = async (grantId: string, answer: Promise<Evidence>): Promise<RevocationAttempt> => {
    try {
      return { grantId, removed: await answer }
    } catch (error) {
      return failed(grantId, error)
    }
  }
  const failed = (grantId: string, error: unknown): RevocationAttempt => {
    const { failure } = failureOf(error, clock.now())
    return { grantId, failure, ...(isUnreachable(failure) ? { unreachable: failure } : {}) }
  }
  const askAlone = (order: AccessOrder) =>
    group.run(async (): Promise<RevocationAttempt> => {
      const { grantId, resourceId } = order
      const unreachable = group.unreachable()
      // The end of the lease is on record, and people are told; the target is not asked once more for the same answer.
      if (unreachable) return { grantId, failure: { ...unreachable, at: clock.now() }, unreachable }
      return attempt(grantId, connectors.of(resourceId).revoke(order))
    })
  const ask = async ({ grant, alone, request, holder }: StartedRevocation): Promise<RevocationAttempt> => {
    try {
      const order = orderOf(grant, request, holder, grant.lease?.endsAt ?? clock.now())
      const together = alone ? null : await askTogether(order)
      return (await together?.attempt) ?? (await askAlone(order))
    } catch (error) {
      return failed(grant.id, error)
    }
  }
  return (started) => {
    const { id } = started.grant
    const answer = asked.get(id) ?? ask(started)
    asked.set(id, answer)
    return answer
  }
}
