import { loginNeededFor, loginSystemsOf } from '../../domain/catalog.ts'
import type { ActivatingGrant } from '../../domain/grant.ts'
import type { Ports, Transaction } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { backoff, type EffectOutcome, retry } from './effect-outcome.ts'
import { orderGrantMessages } from './order-messages.ts'
import { failureOf, orderOf } from './order-of.ts'

/** The login to which a grant is given. `changed`: another one was confirmed since an attempt that may have used `former`. */
export type HolderLogin =
  | { readonly kind: 'ready'; readonly grant: ActivatingGrant }
  | { readonly kind: 'missing'; readonly grant: ActivatingGrant; readonly name: string }
  | { readonly kind: 'changed'; readonly grant: ActivatingGrant; readonly former: string }

/**
 * Finds the login that is confirmed now, and stores it on the grant before the target is changed: a revocation takes the access
 * from this login, also when another one is confirmed meanwhile. Within a transaction that holds the grant.
 */
export async function fixLogin(
  tx: Transaction,
  { catalog }: Pick<Ports, 'catalog'>,
  grant: ActivatingGrant,
  now: Date,
): Promise<HolderLogin> {
  const resource = catalog.resources.get(grant.resourceId)
  const need = resource && loginNeededFor(resource, { content: grant.approvedContent })
  if (!need) return { kind: 'ready', grant }
  const login = await tx.identities.loginOf(grant.holderId, loginSystemsOf(resource))
  if (login === null) {
    const waiting = { ...grant, awaitsLogin: need.name }
    if (grant.awaitsLogin !== need.name) {
      await orderGrantMessages(tx, grant, ['card', 'requester:submitted'], now)
    }
    return { kind: 'missing', grant: waiting, name: need.name }
  }
  const { awaitsLogin: _, ...base } = grant
  if (base.login !== undefined && base.login !== login) {
    return { kind: 'changed', grant: base, former: base.login }
  }
  return { kind: 'ready', grant: { ...base, login } }
}

/** An earlier attempt may have given the access to the login that was confirmed then. Takes it away there, before anything else. */
export async function takeFromFormer(
  { store, clock, connectors }: Pick<Ports, 'store' | 'clock' | 'connectors'>,
  { grant, former }: Extract<HolderLogin, { kind: 'changed' }>,
  history: RequestHistory,
): Promise<EffectOutcome> {
  try {
    const order = orderOf({ ...grant, login: former }, history.request, history.requester, clock.now())
    await connectors.of(grant.resourceId).revoke(order)
  } catch (error) {
    const { failure } = failureOf(error, clock.now())
    return retry(backoff(failure.at, grant.attempts, 30), failure.message)
  }
  await store.transaction(async (tx) => {
    const locked = await tx.grants.lock(grant.id)
    if (locked?.status !== 'activating' || locked.login !== former) return
    const { login: _, ...without } = locked
    await tx.grants.save(without)
  })
  return retry(clock.now(), 'another login was confirmed; the access was taken from the former one')
}
