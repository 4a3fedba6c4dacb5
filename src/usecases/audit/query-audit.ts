import { type Actor, type AuditEvent, actorOf, type Json } from '../../domain/audit-event.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { AuditedHistory, AuditPage, AuditPlace } from '../../domain/request-history.ts'
import type { HistoryFilter } from '../../domain/store.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { type Auditable, auditable } from '../_shared/auditable.ts'
import { type AccountKey, deciders, freshAtClick, type Identified, identify } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'

/** One query: the history of a request, or a list of requests. */
export type AuditQuery = AuditHistoryQuery | AuditListQuery
export interface AuditHistoryQuery {
  readonly kind: 'history'
  /** Such as `AR-1042`. */
  readonly reference: string
}
export interface AuditListQuery {
  readonly kind: 'list'
  /**
   * `live`: only requests with a live grant, or a run that is not over. `scheduled`: only those whose grant starts later. `failed`: with access that may still be
   * open. `pending`: not decided.
   */
  readonly scope: 'live' | 'scheduled' | 'failed' | 'pending' | 'any'
  readonly userId: string | null
  readonly resourceId: string | null
  readonly from: Date | null
  readonly to: Date | null
  readonly place: AuditPlace
}

export type AuditAnswer =
  | { readonly kind: 'history'; readonly history: AuditedHistory }
  | {
      readonly kind: 'page'
      readonly query: AuditListQuery
      readonly page: AuditPage
      /** Names of the resources that the asker may see. Null: all. */
      readonly resourceNames: readonly string[] | null
    }
  | { readonly kind: 'refused'; readonly policy: PolicyResult }
  | { readonly kind: 'invalid' | 'not_found'; readonly message: string }

export const auditPageSize = 10

type AuditPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Answers with the part that this person may see, and records the query. Throws `DirectoryUnavailable`. */
export async function queryAudit(
  ports: AuditPorts,
  { by, query }: { by: AccountKey; query: AuditQuery },
): Promise<AuditAnswer> {
  const groups = [...ports.catalog.resources.values()].flatMap((resource) =>
    deciders(ports.catalog, resource),
  )
  const asker = await identify(
    ports,
    by,
    [...new Set([...groups, ...ports.catalog.security.leads])],
    freshAtClick,
  )
  const view = await auditable(ports, asker.facts, ports.catalog.resources.values())
  if (!view.policy.allowed) {
    await recordRefusal(ports, asker.account, (actor, at) =>
      eventOf(actor, at, 'audit.refused', query, view.policy),
    )
    return { kind: 'refused', policy: view.policy }
  }
  if (query.kind === 'list' && query.from && query.to && query.from > query.to) {
    return { kind: 'invalid', message: 'The range ends before it begins: `from` must not be after `to`.' }
  }
  const answer =
    query.kind === 'history' ? await readHistory(ports, query, view) : await readPage(ports, by, query, view)
  await record(ports, asker, 'audit.queried', query, view.policy)
  return answer
}

/** Records that an answer is shown to a whole channel. False: the same click was delivered before, and the answer was shown then. */
export async function recordAuditShared(
  ports: AuditPorts,
  { by, query, channelId, interactionKey }: AuditShare,
): Promise<boolean> {
  const asker = await identify(ports, by, [], freshAtClick)
  const { store, clock } = ports
  const first = await store.interactions.claim(interactionKey, clock.now())
  if (first) await record(ports, asker, 'audit.shared', query, null, { channel: channelId })
  return first
}

interface AuditShare {
  readonly by: AccountKey
  readonly query: AuditQuery
  readonly channelId: string
  readonly interactionKey: string
}

function maySee({ resourceIds, hiddenIds, uncatalogued }: Auditable, resourceId: string): boolean {
  return resourceIds.has(resourceId) || (uncatalogued !== null && !hiddenIds.has(resourceId))
}

async function readHistory(
  { store }: AuditPorts,
  { reference }: AuditHistoryQuery,
  view: Auditable,
): Promise<AuditAnswer> {
  const history = await store.histories.byReference(reference)
  // The same message in both cases, so that it does not reveal whether the request exists.
  if (!history || !maySee(view, history.request.asksFor.resourceId))
    return { kind: 'not_found', message: `There is no request ${reference} that you may see.` }
  return { kind: 'history', history }
}

async function readPage(
  { store, catalog }: AuditPorts,
  by: AccountKey,
  query: AuditListQuery,
  view: Auditable,
): Promise<AuditAnswer> {
  const { resourceId, userId, scope, from, to } = query
  const requester =
    userId === null ? null : await store.transaction((tx) => tx.accounts.findByUserId(by.teamId, userId))
  const filter: HistoryFilter = {
    scope,
    from,
    to,
    requesterId: requester?.id ?? null,
    ...resourcesOf(view, resourceId),
  }
  const nobody = userId !== null && requester === null
  const page = nobody ? emptyPage : await store.histories.list(filter, query.place, auditPageSize)
  const seesAll = view.uncatalogued !== null && view.hiddenIds.size === 0
  const names = [...view.resourceIds].map((id) => catalog.resources.get(id)?.name ?? id)
  return { kind: 'page', query, page, resourceNames: seesAll ? null : names }
}

function resourcesOf(
  view: Auditable,
  resourceId: string | null,
): Pick<HistoryFilter, 'resourceIds' | 'exceptResourceIds'> {
  if (resourceId !== null) return { resourceIds: maySee(view, resourceId) ? [resourceId] : [] }
  return view.uncatalogued
    ? { resourceIds: null, exceptResourceIds: [...view.hiddenIds] }
    : { resourceIds: [...view.resourceIds] }
}

const emptyPage: AuditPage = { rows: [], newer: 0, hasOlder: false, total: 0 }

async function record(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  asker: Identified,
  action: 'audit.queried' | 'audit.shared',
  query: AuditQuery,
  policy: PolicyResult | null,
  details: Record<string, Json> = {},
): Promise<void> {
  await store.transaction(async (tx) => {
    const account = await tx.accounts.upsert(asker.account)
    await tx.audit.append(eventOf(actorOf(account), clock.now(), action, query, policy, details))
  })
}

function eventOf(
  actor: Actor,
  at: Date,
  action: 'audit.queried' | 'audit.refused' | 'audit.shared',
  query: AuditQuery,
  policy: PolicyResult | null,
  details: Record<string, Json> = {},
): AuditEvent {
  const resourceId = query.kind === 'list' ? query.resourceId : null
  return {
    ...ofNoRequest(resourceId === null ? null : { kind: 'resource', id: resourceId }),
    at,
    actor,
    action,
    resourceId,
    policy,
    details: { ...details, query: describe(query) },
  }
}

function describe(query: AuditQuery): Json {
  if (query.kind === 'history') return { reference: query.reference }
  const { scope, userId, resourceId, from, to, place } = query
  return {
    scope,
    user: userId,
    resource: resourceId,
    from: from?.toISOString() ?? null,
    to: to?.toISOString() ?? null,
    ...(place.kind === 'page'
      ? { page: place.page }
      : { [place.kind]: { at: place.than.submittedAt.toISOString(), number: place.than.number } }),
  }
}
