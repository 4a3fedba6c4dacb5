import { actorOf } from '../../domain/audit-event.ts'
import { everyResource, type PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { ofRequest } from '../_shared/audit-events.ts'
import { type AccountKey, deciders, freshAtClick, identify, resourceFacts } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { stopRun } from '../_shared/stop-run.ts'

export type StopRunAnswer =
  | { readonly kind: 'cancelled' | 'asked' | 'over'; readonly history: RequestHistory }
  | { readonly kind: 'refused'; readonly policy: PolicyResult }
  | { readonly kind: 'unknown' }

type StopPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/**
 * Stops the run of somebody else: for those who may take back all access to its system (the policy action `revoke`). Records a refusal.
 * Throws `DirectoryUnavailable`.
 */
export async function stopRunOfOther(
  ports: StopPorts,
  { by, requestId }: { by: AccountKey; requestId: string },
): Promise<StopRunAnswer> {
  const { store, catalog, policy, clock } = ports
  const history = await store.histories.byRequest(requestId)
  if (!history?.run) return { kind: 'unknown' }
  const { request } = history
  const resource = catalog.resources.get(request.asksFor.resourceId) ?? null
  const person = await identify(ports, by, deciders(catalog, resource), freshAtClick)
  const judged = policy.judge({
    action: 'revoke',
    principal: person.facts,
    resource: resource ? resourceFacts(resource) : everyResource,
    now: clock.now(),
  })
  if (!judged.allowed) {
    await recordRefusal(ports, person.account, (actor, at) =>
      ofRequest(request, 'run.cancellation_refused', actor, at, { policy: judged }),
    )
    return { kind: 'refused', policy: judged }
  }
  const why = { code: 'stopped', message: `${person.account.displayName} stopped it.` }
  const kind = await store.transaction(async (tx) => {
    const account = await tx.accounts.upsert(person.account)
    return stopRun(tx, requestId, why, clock.now(), actorOf(account))
  })
  return kind === 'unknown' ? { kind } : { kind, history }
}
