import { actorOf } from '../../domain/audit-event.ts'
import { everyResource, type PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { isOver } from '../../domain/run.ts'
import { ofRequest } from '../_shared/audit-events.ts'
import {
  type AccountKey,
  deciders,
  freshAtClick,
  type Identified,
  identify,
  resourceFacts,
} from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { stopRun } from '../_shared/stop-run.ts'

export type StopRunAnswer =
  | { readonly kind: 'cancelled' | 'asked' | 'over'; readonly history: RequestHistory }
  | { readonly kind: 'refused'; readonly policy: PolicyResult }
  | { readonly kind: 'unknown' }

export type MayStopRunAnswer =
  | { readonly kind: 'may' | 'over'; readonly history: RequestHistory }
  | Extract<StopRunAnswer, { kind: 'refused' | 'unknown' }>

type StopPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/**
 * Stops the run of somebody else: for those who may take back all access to its system (the policy action `revoke`). Records a refusal.
 * Throws `DirectoryUnavailable`.
 */
export async function stopRunOfOther(
  ports: StopPorts,
  { by, requestId }: { by: AccountKey; requestId: string },
): Promise<StopRunAnswer> {
  const { store, clock } = ports
  const asked = await askPolicy(ports, by, requestId)
  if (asked.kind !== 'may') return asked
  const { person, history } = asked
  const why = { code: 'stopped', message: `${person.account.displayName} stopped it.` }
  const kind = await store.transaction(async (tx) => {
    const account = await tx.accounts.upsert(person.account)
    return stopRun(tx, requestId, why, clock.now(), actorOf(account))
  })
  return kind === 'unknown' ? { kind } : { kind, history }
}

/** Dry run of `stopRunOfOther`. It also records a refusal. */
export async function mayStopRun(
  ports: StopPorts,
  { by, requestId }: { by: AccountKey; requestId: string },
): Promise<MayStopRunAnswer> {
  const asked = await askPolicy(ports, by, requestId)
  return asked.kind === 'may' ? { kind: 'may', history: asked.history } : asked
}

async function askPolicy(
  ports: StopPorts,
  by: AccountKey,
  requestId: string,
): Promise<
  | { readonly kind: 'may'; readonly history: RequestHistory; readonly person: Identified }
  | { readonly kind: 'over'; readonly history: RequestHistory }
  | Extract<StopRunAnswer, { kind: 'refused' | 'unknown' }>
> {
  const { store, catalog, policy, clock } = ports
  const history = await store.histories.byRequest(requestId)
  if (!history?.run) return { kind: 'unknown' }
  if (isOver(history.run)) return { kind: 'over', history }
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
  return { kind: 'may', history, person }
}
