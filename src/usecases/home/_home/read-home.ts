import type { Account } from '../../../domain/account.ts'
import { namedIn, sponsor } from '../../../domain/approval-plan.ts'
import { isNeeded } from '../../../domain/approval-progress.ts'
import { approvalState, calledBy } from '../../../domain/approval-state.ts'
import { findEntitlement, type Resource } from '../../../domain/catalog.ts'
import type { Home, HomeList, HomeTask } from '../../../domain/home.ts'
import type { PersonFacts } from '../../../domain/policy.ts'
import { isNamedIn } from '../../../domain/policy.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { isOutputKept, isOver as isRunOver } from '../../../domain/run.ts'
import type { HistoryFilter } from '../../../domain/store.ts'
import { namesOf } from '../../_shared/approver-names.ts'
import { auditable } from '../../_shared/auditable.ts'
import { accountKeyOf, freshEnoughToShow, identify } from '../../_shared/person.ts'
import { isGoodPreApproval } from '../../_shared/pre-approvals.ts'
import { readFavourites } from '../../favourites/read-favourites.ts'

export type HomePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** The number of rows of each list. Together they fit into the 100 blocks of a view. */
const most = {
  waiting: 5,
  tasks: 3,
  own: 5,
  upcoming: 3,
  past: 4,
  preApproved: 4,
  audited: 5,
  contractors: 5,
}
/** Among so many pending requests, the newest, the tab looks for those that wait for this person. */
const looked = 50

/** Reads the Home tab of one account, and the resources that it shows. Throws `DirectoryUnavailable`. */
export async function readHome(
  ports: HomePorts,
  account: Account,
): Promise<{ home: Home; resourceIds: readonly string[] | null }> {
  const { store, catalog } = ports
  const named = [...catalog.resources.values()].flatMap((one) => [...approversOf(one), ...assigneesOf(one)])
  const groups = [...new Set([...catalog.security.leads, ...named])]
  const { facts, engagement } = await identify(ports, accountKeyOf(account), groups, freshEnoughToShow)
  const contractors = await store.people.contractors({
    sponsorPersonId: facts.person,
    offset: 0,
    limit: most.contractors,
  })
  const { decides, audits } = await resourcesFor(ports, facts, contractors.total > 0)
  const own = { requesterId: account.id, resourceIds: null }
  const first = (
    scope: HistoryFilter['scope'],
    of: Pick<HistoryFilter, 'requesterId' | 'resourceIds'>,
    count: number,
  ) => store.histories.list({ ...of, scope, from: null, to: null }, { kind: 'page', page: 1 }, count)
  const audited = audits && { requesterId: null, ...audits }
  const [favourites, until, holding, upcoming, asked, all, pending, preApproved, tasks, auditedLists] =
    await Promise.all([
      readFavourites(ports, facts),
      store.awayUntil(account.id),
      first('live', own, most.own),
      first('scheduled', own, most.upcoming),
      first('pending', own, most.own),
      first('any', own, most.past + most.own),
      decides.length > 0 ? first('pending', { requesterId: null, resourceIds: decides }, looked) : null,
      preApprovedTo(ports, account),
      tasksFor(ports, facts),
      audited &&
        Promise.all([
          first('pending', audited, most.audited),
          first('live', audited, most.audited),
          first('failed', audited, most.audited),
          first('review', audited, most.audited),
        ]),
    ])
  const waiting = (pending?.rows ?? []).filter((history) => waitsFor(ports, facts, history))
  const past = all.rows.filter(isOver).slice(0, most.past)
  const now = ports.clock.now()
  const home: Home = {
    account,
    engagement,
    decides: decides.length > 0,
    awayUntil: until && until > now ? until : null,
    favourites,
    waiting: { rows: waiting.slice(0, most.waiting), total: waiting.length },
    tasks,
    holding: listOf(holding),
    upcoming: listOf(upcoming),
    asked: listOf(asked),
    past: { rows: past, total: past.length },
    withOutput: past.filter(({ run }) => isOutputKept(run, now)).map(({ request }) => request.id),
    preApproved: { rows: preApproved.slice(0, most.preApproved), total: preApproved.length },
    contractors,
    audited: auditedLists && {
      pending: listOf(auditedLists[0]),
      live: listOf(auditedLists[1]),
      failed: listOf(auditedLists[2]),
      toReview: listOf(auditedLists[3]),
    },
  }
  return {
    home,
    resourceIds:
      audits?.resourceIds === null
        ? null
        : [...new Set([...decides, ...(audits?.resourceIds ?? []), ...assigned(ports, facts)])],
  }
}

/** Everybody whom the catalog names as an approver of this resource. */
function approversOf({ owners: { approvers }, entitlements }: Resource): string[] {
  const plans = [...entitlements.values()].flatMap((one) => [...one.approvers, ...namedIn(one.approvals)])
  return [...approvers, ...plans]
}

interface Shown {
  /** The resources of which a pending request may wait for this person. */
  readonly decides: readonly string[]
  /** The resources that this person may audit. Null: none. Without ids: all. */
  readonly audits: { readonly resourceIds: readonly string[] | null } | null
}

/** Everybody who is asked to do tasks of this resource. */
function assigneesOf({ connector: { taskPeople }, owners }: Resource): readonly string[] {
  return taskPeople ? (taskPeople.assignees ?? owners.approvers) : []
}

/** The resources whose tasks this person may be asked to do. */
function assigned({ catalog }: Pick<Ports, 'catalog'>, facts: PersonFacts): string[] {
  const names = taskNamesOf(facts)
  const resources = [...catalog.resources.values()]
  return resources
    .filter((resource) => assigneesOf(resource).some((name) => names.includes(name)))
    .map(({ id }) => id)
}

/** The names under which this person may be asked. A guest must be named in person. */
function taskNamesOf({ userId, groups, isGuest }: PersonFacts): string[] {
  return [userId, ...(isGuest ? [] : groups)]
}

async function tasksFor({ store }: HomePorts, facts: PersonFacts): Promise<HomeList<HomeTask>> {
  const asked = { names: taskNamesOf(facts), exceptPersonId: facts.person }
  const { rows, total } = await store.tasks.openFor(asked, most.tasks)
  const histories = await store.histories.byRequests(rows.map(({ requestId }) => requestId))
  const known = new Map(histories.map((history) => [history.request.id, history]))
  const shown = rows.flatMap(({ requestId, direction }) => {
    const history = known.get(requestId)
    return history ? [{ history, direction }] : []
  })
  return { rows: shown, total }
}

/** The policies are asked only about people whom the catalog names. */
async function resourcesFor(ports: HomePorts, facts: PersonFacts, isSponsor: boolean): Promise<Shown> {
  const isNamed = (names: readonly string[]) => isNamedIn(names, facts)
  const resources = [...ports.catalog.resources.values()]
  const approves = resources.filter((resource) => isNamed(approversOf(resource)))
  const sponsors = isSponsor ? resources.filter(asksSponsors) : []
  const isLead = isNamed(ports.catalog.security.leads)
  const view = await auditable(ports, facts, isLead ? resources : approves)
  const decides = [...new Set([...approves, ...sponsors].map(({ id }) => id))]
  if (view.uncatalogued && isLead && view.hiddenIds.size === 0)
    return { decides, audits: { resourceIds: null } }
  return { decides, audits: view.resourceIds.size > 0 ? { resourceIds: [...view.resourceIds] } : null }
}

function asksSponsors({ entitlements }: Resource): boolean {
  return [...entitlements.values()].some(({ approvals }) =>
    approvals.stages.some(({ needs }) => needs.some(({ from }) => from.includes(sponsor))),
  )
}

/** The requests from which the pre-approvals of this person were made that are good now. */
async function preApprovedTo(
  { store, catalog, clock }: HomePorts,
  account: Account,
): Promise<RequestHistory[]> {
  const now = clock.now()
  const open = await store.histories.byRequests(await store.preApprovals.openOf(account, null, now))
  return open.filter((history) =>
    isGoodPreApproval(history, catalog.resources.get(history.request.asksFor.resourceId) ?? null, now),
  )
}

/** Whether this person's approval would add something now. The click itself is judged by the policies. */
function waitsFor(
  { catalog, clock }: Pick<Ports, 'catalog' | 'clock'>,
  facts: PersonFacts,
  history: RequestHistory,
): boolean {
  const { request, requester, decisions, engagement } = history
  const offer = findEntitlement(catalog, request.asksFor.resourceId, request.asksFor.entitlementId)
  if (!offer || requester.personId === facts.person) return false
  const { plan, progress } = approvalState(request, requester.kind, offer.entitlement, decisions)
  const sponsoring = engagement && { person: engagement.sponsor.personId, userId: engagement.sponsor.userId }
  const people = {
    entitlement: offer.entitlement,
    sponsor: sponsoring,
    called: calledBy(clock.now(), plan, request, decisions),
  }
  return isNeeded(plan, progress, { person: facts.person, countsAs: namesOf(plan, facts, people) })
}

function isOver({ request, grant, run, extends: extended }: RequestHistory): boolean {
  if (request.status !== 'approved') return request.status !== 'pending'
  if (run) return isRunOver(run)
  if (extended) return extended.outcome !== null
  return grant !== null && ['ended', 'revoked', 'cancelled', 'activation_failed'].includes(grant.status)
}

function listOf({ rows, total }: HomeList): HomeList {
  return { rows, total }
}
