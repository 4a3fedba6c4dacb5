import { actorOf } from '../../domain/audit-event.ts'
import { likelyMeant } from '../../domain/likely-meant.ts'
import type { Ports } from '../../domain/ports.ts'
import type { HoldScope, LegalHold, NamedHoldScope } from '../../domain/record/legal-hold.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { type FieldProblem, readReason } from '../_shared/field-problem.ts'
import { findAccount } from '../_shared/find-account.ts'
import type { AccountKey } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { identifyLead } from '../_shared/security-lead.ts'
import { ofHold } from './_hold-event.ts'

export type PlaceHoldAnswer =
  | { readonly kind: 'placed'; readonly hold: LegalHold }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem<'reason' | 'to'>[] }
  /** This is no security lead. */
  | { readonly kind: 'refused' }
  /** Nobody and nothing has that name. `message` is plain text. */
  | { readonly kind: 'unknown'; readonly message: string }

type HoldPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Places a legal hold: what it covers is not removed until two security leads lift it. Throws `DirectoryUnavailable`. */
export async function placeHold(
  ports: HoldPorts,
  {
    by,
    named,
    reason,
    from,
    to,
  }: {
    by: AccountKey
    named: NamedHoldScope
    reason: string
    /** Null: no limit. */
    from: Date | null
    to: Date | null
  },
): Promise<PlaceHoldAnswer> {
  const { store, clock } = ports
  const { person, isLead } = await identifyLead(ports, by)
  if (!isLead) {
    await recordRefusal(ports, person.account, (actor, at) => ({
      ...ofNoRequest(null),
      ...{ at, actor, action: 'hold.refused', details: { asked: 'place', scope: named.kind } },
    }))
    return { kind: 'refused' }
  }
  const why = readReason(reason)
  const problems: FieldProblem<'reason' | 'to'>[] = 'problem' in why ? [why.problem] : []
  if (from && to && from >= to)
    problems.push({ field: 'to', message: 'The hold ends before it begins: `to` must be after `from`.' })
  if ('problem' in why || problems.length > 0) return { kind: 'invalid', problems }
  const scope = await find(ports, by.teamId, named)
  if ('message' in scope) return { kind: 'unknown', message: scope.message }
  return store.transaction(async (tx) => {
    const account = await tx.accounts.upsert(person.account)
    const placedAt = clock.now()
    const wanted = { scope, reason: why.reason, from, to, placedAt, placedById: account.id }
    const hold = await tx.holds.insert(wanted)
    await tx.audit.append(ofHold(hold, 'hold.placed', actorOf(account), placedAt))
    await tx.outbox.add({ kind: 'tell_hold', hold: hold.reference, change: 'placed' }, placedAt)
    return { kind: 'placed', hold }
  })
}

async function find(
  ports: HoldPorts,
  teamId: string,
  named: NamedHoldScope,
): Promise<HoldScope | { readonly message: string }> {
  switch (named.kind) {
    case 'all':
      return { kind: 'all' }
    case 'person': {
      const account = await findAccount(ports, { teamId, userId: named.userId })
      return account
        ? { kind: 'person', account }
        : { message: `Slack knows nobody with the id ${named.userId}.` }
    }
    case 'request': {
      const history = await ports.store.histories.byReference(named.reference)
      if (!history) return { message: `There is no request ${named.reference}.` }
      return { kind: 'request', requestId: history.request.id, reference: named.reference }
    }
    case 'resource':
      return findResource(ports, named.resourceId)
  }
}

/** One that left the catalog may still have requests. */
async function findResource(
  { store, catalog }: HoldPorts,
  resourceId: string,
): Promise<HoldScope | { readonly message: string }> {
  const scope = { kind: 'resource', resourceId } as const
  if (catalog.resources.has(resourceId) || (await store.holds.isKnownResource(resourceId))) return scope
  const [nearest] = likelyMeant(resourceId, catalog.resources.keys())
  const meant = nearest === undefined ? '' : ` Did you mean “${nearest}”?`
  return { message: `There is no resource “${resourceId.slice(0, 64)}”.${meant}` }
}
