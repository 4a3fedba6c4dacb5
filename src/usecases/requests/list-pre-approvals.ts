import type { PersonFacts } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { evaluationSlot } from '../_shared/evaluation-slot.ts'
import { type AccountKey, deciders, freshEnoughToShow, identify, resourceFacts } from '../_shared/person.ts'
import { isGoodPreApproval } from '../_shared/pre-approvals.ts'

export interface PreApprovalList {
  /** Pre-approvals of this person. */
  readonly own: readonly RequestHistory[]
  /** Those of other people that this person may see, because policy lets this person audit the resource. */
  readonly others: readonly RequestHistory[]
}

/** The most rows that are read. Newer ones come first. */
const mostRows = 500

/**
 * The pre-approvals that are good now, of one resource or of all, each with the request that it was made from. Throws
 * `DirectoryUnavailable`.
 */
export async function listPreApprovals(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>,
  by: AccountKey,
  resourceId: string | null = null,
): Promise<PreApprovalList> {
  const { store, clock, catalog } = ports
  const now = clock.now()
  const groups = [...catalog.resources.values()].flatMap((resource) => deciders(catalog, resource))
  const { facts } = await identify(ports, by, groups, freshEnoughToShow)
  const histories = await store.histories.byRequests(await store.preApprovals.open(now, resourceId, mostRows))
  const good = histories.filter((history) =>
    isGoodPreApproval(history, catalog.resources.get(history.request.asksFor.resourceId) ?? null, now),
  )
  const own = good.filter(({ requester }) => requester.personId === facts.person)
  const visible = await visibleTo(
    ports,
    facts,
    new Set(good.map(({ request }) => request.asksFor.resourceId)),
  )
  const others = good.filter((one) => !own.includes(one) && visible.has(one.request.asksFor.resourceId))
  return { own, others }
}

async function visibleTo(
  { policy, catalog, clock }: Pick<Ports, 'policy' | 'catalog' | 'clock'>,
  principal: PersonFacts,
  resourceIds: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const visible = new Set<string>()
  for (const id of resourceIds) {
    const resource = catalog.resources.get(id)
    if (!resource) continue
    await evaluationSlot()
    const question = {
      action: 'audit',
      principal,
      resource: resourceFacts(resource),
      now: clock.now(),
    } as const
    if (policy.judge(question).allowed) visible.add(id)
  }
  return visible
}
