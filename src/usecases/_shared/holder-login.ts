import { type LoginNeed, loginNeededFor, loginSystemsOf, type Resource } from '../../domain/catalog.ts'
import type { Facts } from '../../domain/connector.ts'
import type { ActivatingGrant } from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestWithRequester } from '../../domain/request-history.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { attemptAgainAt, type EffectOutcome, retry } from './effect-outcome.ts'
import { orderGrantMessages } from './order-messages.ts'
import { failureOf, orderOf } from './order-of.ts'

/**
 * The login to which a grant is given. `first`: no attempt has used a login yet; it is stored by `keepLogin`. `changed`: another
 * one was confirmed since an attempt that may have used `former`.
 */
export type HolderLogin =
  | { readonly kind: 'ready'; readonly grant: ActivatingGrant }
  | { readonly kind: 'first'; readonly grant: ActivatingGrant; readonly login: string }
  | { readonly kind: 'missing'; readonly grant: ActivatingGrant; readonly name: string }
  | { readonly kind: 'changed'; readonly grant: ActivatingGrant; readonly former: string }

/** Finds the login that the holder has now. Within a transaction that holds the grant. */
export async function findLogin(
  tx: Transaction,
  { catalog }: Pick<Ports, 'catalog'>,
  grant: ActivatingGrant,
  now: Date,
): Promise<HolderLogin> {
  const resource = catalog.resources.get(grant.resourceId)
  const need = resource && loginNeededFor(resource, { content: grant.approvedContent })
  if (!need) return { kind: 'ready', grant }
  const login = await presentLogin(tx, need, resource, grant)
  if (login === null) {
    const waiting = { ...grant, awaitsLogin: need.name, awaitedAt: now }
    if (grant.awaitsLogin !== need.name) {
      await orderGrantMessages(tx, grant, ['card', 'requester:submitted'], now)
    }
    return { kind: 'missing', grant: waiting, name: need.name }
  }
  const { awaitsLogin: _, ...base } = grant
  if (base.login !== undefined && base.login !== login) {
    return { kind: 'changed', grant: base, former: base.login }
  }
  return base.login === undefined ? { kind: 'first', grant: base, login } : { kind: 'ready', grant: base }
}

async function presentLogin(
  tx: Transaction,
  { from }: LoginNeed,
  resource: Resource,
  { holderId }: ActivatingGrant,
): Promise<string | null> {
  if (from !== 'slack_account') return tx.identities.loginOf(holderId, loginSystemsOf(resource))
  const account = await tx.accounts.find(holderId)
  return account?.userId ?? null
}

/**
 * Stores the login on the grant, and what the connector found, before the target is changed: a revocation takes the access from this login, also when another
 * one is confirmed meanwhile. Null: the grant is no longer activating, or has a login already.
 */
export async function keepLogin(
  { store }: Pick<Ports, 'store'>,
  { grant, login }: Extract<HolderLogin, { kind: 'first' }>,
  before: Facts | undefined,
): Promise<ActivatingGrant | null> {
  return store.transaction(async (tx) => {
    const locked = await tx.grants.lock(grant.id)
    if (locked?.status !== 'activating' || locked.login !== undefined) return null
    const kept = { ...locked, login, ...(before && { before }) }
    await tx.grants.save(kept)
    return kept
  })
}

/** An earlier attempt may have given the access to the login that was confirmed then. Takes it away there, before anything else. */
export async function takeFromFormer(
  { store, clock, connectors }: Pick<Ports, 'store' | 'clock' | 'connectors'>,
  { grant, former }: Extract<HolderLogin, { kind: 'changed' }>,
  asked: RequestWithRequester,
): Promise<EffectOutcome> {
  try {
    const order = orderOf({ ...grant, login: former }, asked.request, asked.requester, clock.now())
    await connectors.of(grant.resourceId).revoke(order)
  } catch (error) {
    const { failure } = failureOf(error, clock.now())
    return retry(attemptAgainAt(failure, grant.attempts, 30), failure.message)
  }
  await store.transaction(async (tx) => {
    const locked = await tx.grants.lock(grant.id)
    if (locked?.status !== 'activating' || locked.login !== former) return
    const { login: _, awaits: __, before: ___, ...without } = locked
    await tx.grants.save(without)
  })
  return retry(clock.now(), 'another login was confirmed; the access was taken from the former one')
}
