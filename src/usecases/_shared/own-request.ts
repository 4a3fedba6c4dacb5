import type { Account } from '../../domain/account.ts'
import type { Grant } from '../../domain/grant.ts'
import type { Ports } from '../../domain/ports.ts'
import type { AccessRequest } from '../../domain/request.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { AccountKey } from './person.ts'
import { type RefusedAction, refuseOther } from './refuse-other.ts'

type OwnPorts = Pick<Ports, 'store' | 'clock' | 'directory'>

interface Click {
  readonly by: AccountKey
  readonly requestId: string
}

/** `not_yours`: another person clicked, which is on record. `unknown`: there is no such request. */
export type OwnAnswer<Kind> =
  | { readonly kind: Kind; readonly history: RequestHistory }
  | { readonly kind: 'not_yours' }
  | { readonly kind: 'unknown' }

/**
 * What only the requester may do: `work` runs with the request locked. Every requester may, so no policy is asked. Throws
 * `DirectoryUnavailable` where another person clicked.
 */
export function asRequester<Kind extends string>(
  ports: OwnPorts,
  click: Click,
  refusal: RefusedAction,
  work: (tx: Transaction, request: AccessRequest, person: Account) => Promise<Kind>,
): Promise<OwnAnswer<Kind>> {
  return answer(ports, click, refusal, async (tx) => {
    const request = await tx.requests.lock(click.requestId)
    if (!request) return 'unknown'
    const person = await tx.accounts.findByUserId(click.by.teamId, click.by.userId)
    return person?.id === request.requesterId ? { kind: await work(tx, request, person) } : 'not_yours'
  })
}

/** What only the holder may do: `work` runs with the grant locked. The rest is as for requesters. */
export function asHolder<Kind extends string>(
  ports: OwnPorts,
  click: Click,
  refusal: RefusedAction,
  work: (tx: Transaction, grant: Grant, person: Account) => Promise<Kind>,
): Promise<OwnAnswer<Kind>> {
  return answer(ports, click, refusal, async (tx) => {
    const found = await tx.grants.findByRequest(click.requestId)
    const grant = found && (await tx.grants.lock(found.id))
    if (!grant) return 'unknown'
    const person = await tx.accounts.findByUserId(click.by.teamId, click.by.userId)
    return person?.id === grant.holderId ? { kind: await work(tx, grant, person) } : 'not_yours'
  })
}

async function answer<Kind>(
  ports: OwnPorts,
  { by, requestId }: Click,
  refusal: RefusedAction,
  work: (tx: Transaction) => Promise<{ readonly kind: Kind } | 'not_yours' | 'unknown'>,
): Promise<OwnAnswer<Kind>> {
  const done = await ports.store.transaction(work)
  if (done === 'unknown') return { kind: done }
  const history = await ports.store.histories.byRequest(requestId)
  if (!history) return { kind: 'unknown' }
  return done === 'not_yours' ? refuseOther(ports, by, history.request, refusal) : { ...done, history }
}
