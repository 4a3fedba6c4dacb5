import { usualActivityRules } from '../../domain/activity.ts'
import type { AccessOrder, Evidence } from '../../domain/connector.ts'
import type { RevokingGrant } from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import type { GrantNames } from '../../domain/transaction.ts'
import { inBatches } from '../../in-batches.ts'
import type { BatchContext } from './define-effect.ts'
import { type Look, lookAtUse } from './look-at-use.ts'
import { failureOf, orderOf } from './order-of.ts'
import type { RevocationAttempt } from './settle-revocations.ts'
import { isUnreachable, targetGroup } from './target-group.ts'

/** A grant that is on record as being revoked. */
export interface StartedRevocation extends GrantNames {
  readonly grant: RevokingGrant
  /** It failed before, and not because the target was away: it must not be what spoils a group again and again. */
  readonly alone: boolean
}

/** In milliseconds. A revocation waits no longer for the last look at the use of a lease. */
const lookPatienceMs = 1_000

/**
 * Asks the target to take access away, once for each grant: all in one call where the connector can, a few at once where it
 * cannot. Before that, it is asked once what the holder did, because the end removes what shows it. Never rejects.
 */
export function takingAway(
  ports: Pick<Ports, 'clock' | 'catalog' | 'connectors'>,
  context: BatchContext,
): (started: StartedRevocation) => Promise<RevocationAttempt> {
  const { clock, catalog, connectors } = ports
  const { collect } = catalog.activity ?? usualActivityRules
  const tellsLate = (resourceId: string) =>
    catalog.resources.get(resourceId)?.connector.tellsLateSeconds !== undefined
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
  const lookTogether = inBatches(async (orders: readonly AccessOrder[]) => {
    const looks = await lookAtUse(ports, orders, lookPatienceMs)
    return orders.map((_, index) => ({ look: looks?.[index] }))
  })
  /** Only before the first attempt: a later one has nothing more to see, and somebody waits for it. */
  const lookOnce = async (
    { grant, alone }: StartedRevocation,
    order: AccessOrder,
  ): Promise<Look | undefined> => {
    const isFirst = grant.attempts <= 1 && grant.granted !== undefined && !alone
    // A target that shows a use later is asked later.
    if (!collect || !isFirst || tellsLate(order.resourceId)) return undefined
    return connectors.of(order.resourceId).activity && (await lookTogether(order)).look
  }
  const ask = async (started: StartedRevocation): Promise<RevocationAttempt> => {
    const { grant, request, holder } = started
    try {
      const order = orderOf(grant, request, holder, grant.lease?.endsAt ?? clock.now())
      const look = await lookOnce(started, order)
      return { ...(await end(order, started)), ...(look && { look }) }
    } catch (error) {
      return failed(grant.id, error)
    }
  }
  const end = async (order: AccessOrder, { grant, alone }: StartedRevocation) => {
    try {
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
