import { actorOf } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { orderRevocation } from '../_shared/begin-revocation.ts'
import { orderGrantMessages } from '../_shared/order-messages.ts'
import type { AccountKey } from '../_shared/person.ts'
import { refuseOther } from '../_shared/refuse-other.ts'

export type ReleaseAnswer =
  | { readonly kind: 'releasing' | 'over'; readonly history: RequestHistory }
  | { readonly kind: 'not_yours' }
  | { readonly kind: 'unknown' }

/**
 * The holder gives the access back early. Every holder may, so no policy is asked. Any other person is refused, and the
 * refusal is recorded; throws `DirectoryUnavailable` then.
 */
export async function releaseGrant(
  ports: Pick<Ports, 'store' | 'clock' | 'directory'>,
  { by, requestId }: { by: AccountKey; requestId: string },
): Promise<ReleaseAnswer> {
  const { store, clock } = ports
  const kind = await store.transaction(async (tx) => {
    const found = await tx.grants.findByRequest(requestId)
    const grant = found && (await tx.grants.lock(found.id))
    if (!grant) return 'unknown'
    const person = await tx.accounts.findByUserId(by.teamId, by.userId)
    if (person?.id !== grant.holderId) return 'not_yours'
    const now = clock.now()
    if (grant.status !== 'active' && grant.status !== 'activating') {
      // The button belongs to an old state of the message, so the message is edited again.
      await orderGrantMessages(tx, grant, ['requester:active'], now)
      return 'over'
    }
    const revocation = { cause: 'released', byId: person.id, reason: null, startedAt: now } as const
    await orderRevocation(tx, grant, revocation, actorOf(person))
    return 'releasing'
  })
  if (kind === 'unknown') return { kind }
  const history = await store.histories.byRequest(requestId)
  if (!history) return { kind: 'unknown' }
  return kind === 'not_yours'
    ? refuseOther(ports, by, history.request, 'grant.release_refused')
    : { kind, history }
}
