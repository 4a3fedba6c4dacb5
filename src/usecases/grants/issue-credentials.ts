import type { Account } from '../../domain/account.ts'
import { actorOf } from '../../domain/audit-event.ts'
import type { Credentials } from '../../domain/connector.ts'
import type { ActiveGrant, Grant } from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { ofGrant } from '../_shared/audit-events.ts'
import { failureOf, orderOf } from '../_shared/order-of.ts'
import type { AccountKey } from '../_shared/person.ts'
import { refuseOther } from '../_shared/refuse-other.ts'

export type CredentialsAnswer =
  | { readonly kind: 'issued'; readonly credentials: Credentials; readonly history: RequestHistory }
  | { readonly kind: 'nothing_to_show' | 'over'; readonly history: RequestHistory }
  /** The same click was delivered before. Its answer was shown once and is not stored. */
  | { readonly kind: 'repeated' }
  /** `mayTryAgain`: a later click may succeed without any repair. */
  | { readonly kind: 'failed'; readonly message: string; readonly mayTryAgain: boolean }
  | { readonly kind: 'not_yours' }
  | { readonly kind: 'unknown' }

type CredentialPorts = Pick<Ports, 'store' | 'clock' | 'connectors' | 'directory'>

/** Makes new credentials for the holder of an active grant. Only the answer contains them. */
export async function issueCredentials(
  ports: CredentialPorts,
  { by, requestId, interactionKey }: { by: AccountKey; requestId: string; interactionKey: string },
): Promise<CredentialsAnswer> {
  const { store, clock, connectors } = ports
  const history = await store.histories.byRequest(requestId)
  if (!history?.grant) return { kind: 'unknown' }
  const { grant, requester, request } = history
  if (requester.userId !== by.userId || requester.teamId !== by.teamId)
    return refuseOther(ports, by, request, 'grant.credentials_refused')
  if (!isUsable(grant, clock.now())) return { kind: 'over', history }
  const first = await store.interactions.claim(interactionKey, clock.now())
  if (!first) return { kind: 'repeated' }
  try {
    const connector = connectors.of(grant.resourceId)
    if (!connector.issueCredentials) return { kind: 'nothing_to_show', history }
    const credentials = await connector.issueCredentials(
      orderOf(grant, request, requester, grant.lease.endsAt),
    )
    // Recorded before the answer, so that no credentials are shown without a record.
    await recordIssued(ports, grant, requester)
    return { kind: 'issued', credentials, history }
  } catch (error) {
    // The cause may be a revocation that started meanwhile.
    const latest = (await store.histories.byRequest(requestId)) ?? history
    if (!isUsable(latest.grant, clock.now())) return { kind: 'over', history: latest }
    const { failure, retryable } = failureOf(error, clock.now())
    const mayTryAgain = retryable && failure.code !== 'not_in_catalog'
    return { kind: 'failed', message: failure.message, mayTryAgain }
  }
}

function isUsable(grant: Grant | null, now: Date): grant is ActiveGrant {
  return grant?.status === 'active' && now < grant.lease.endsAt
}

async function recordIssued(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  grant: ActiveGrant,
  holder: Account,
): Promise<void> {
  await store.transaction((tx) =>
    tx.audit.append(ofGrant(grant, 'grant.credentials_issued', actorOf(holder), clock.now())),
  )
}
