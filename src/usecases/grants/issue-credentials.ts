import type { Account } from '../../domain/account.ts'
import { actorOf } from '../../domain/audit-event.ts'
import { findEntitlement } from '../../domain/catalog.ts'
import type { Brought, Credentials } from '../../domain/connector.ts'
import type { Freeze } from '../../domain/freeze.ts'
import type { ActiveGrant, Grant } from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { Proof } from '../../domain/step-up.ts'
import { ofGrant } from '../_shared/audit-events.ts'
import { frozenDetails, frozenFor } from '../_shared/frozen.ts'
import { failureOf, orderOf } from '../_shared/order-of.ts'
import type { AccountKey } from '../_shared/person.ts'
import { type NeedsProof, needsProof, proofDetails, useProof } from '../_shared/proofs.ts'
import { recordOwnRefusal, refuseOther } from '../_shared/refuse-other.ts'

export type CredentialsAnswer =
  | { readonly kind: 'issued'; readonly credentials: Credentials; readonly history: RequestHistory }
  | { readonly kind: 'nothing_to_show' | 'over'; readonly history: RequestHistory }
  /** The same click was delivered before. Its answer was shown once and is not stored. */
  | { readonly kind: 'repeated' }
  /** `mayTryAgain`: a later click may succeed without any repair. */
  | { readonly kind: 'failed'; readonly message: string; readonly mayTryAgain: boolean }
  /** Nothing is given here now. */
  | { readonly kind: 'frozen'; readonly freeze: Freeze }
  | { readonly kind: 'not_yours' }
  | NeedsProof
  | { readonly kind: 'unknown' }

type CredentialPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors' | 'directory'>

/** Makes new credentials for the holder of an active grant. Only the answer contains them. */
export async function issueCredentials(
  ports: CredentialPorts,
  {
    by,
    requestId,
    interactionKey,
    brought,
    proof,
  }: {
    by: AccountKey
    requestId: string
    interactionKey: string
    brought?: Brought
    proof?: Proof | undefined
  },
): Promise<CredentialsAnswer> {
  const { store, clock, connectors } = ports
  const history = await store.histories.byRequest(requestId)
  if (!history?.grant) return { kind: 'unknown' }
  const { grant, requester, request } = history
  if (requester.userId !== by.userId || requester.teamId !== by.teamId)
    return refuseOther(ports, by, request, 'grant.credentials_refused')
  if (!isUsable(grant, clock.now())) return { kind: 'over', history }
  const about = { accountId: grant.holderId, resourceId: grant.resourceId }
  const freeze = await store.transaction((tx) => frozenFor(tx, about, clock.now()))
  if (freeze) {
    await recordOwnRefusal(ports, by, request, 'grant.credentials_refused', frozenDetails(freeze))
    return { kind: 'frozen', freeze }
  }
  if (!proof && asks(ports, history)) {
    const publicKey = brought?.publicKey ?? null
    return needsProof({ kind: 'credentials', requestId, interactionKey, publicKey })
  }
  // Before the secrets are made: one proof shows them once.
  if (proof) await store.transaction((tx) => useProof(tx, proof, clock.now()))
  const first = await store.interactions.claim(interactionKey, clock.now())
  if (!first) return { kind: 'repeated' }
  try {
    const connector = connectors.of(grant.resourceId)
    const credentials = await connector.issueCredentials?.(
      orderOf(grant, request, requester, grant.lease.endsAt),
      brought,
    )
    if (!credentials) return { kind: 'nothing_to_show', history }
    // Recorded before the answer, so that no credentials are shown without a record.
    await recordIssued(ports, grant, requester, proof)
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

/** Whether the catalog of now or of the request asks the holder for a proof. */
function asks({ catalog }: Pick<Ports, 'catalog'>, { request }: RequestHistory): boolean {
  const { resourceId, entitlementId } = request.asksFor
  const offer = findEntitlement(catalog, resourceId, entitlementId)
  return [request.terms.stepUp, offer?.entitlement.stepUp].some((moments) => moments?.includes('credentials'))
}

function isUsable(grant: Grant | null, now: Date): grant is ActiveGrant {
  return grant?.status === 'active' && now < grant.lease.endsAt
}

async function recordIssued(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  grant: ActiveGrant,
  holder: Account,
  proof: Proof | undefined,
): Promise<void> {
  const details = proofDetails(proof)
  await store.transaction((tx) =>
    tx.audit.append(ofGrant(grant, 'grant.credentials_issued', actorOf(holder), clock.now(), { details })),
  )
}
