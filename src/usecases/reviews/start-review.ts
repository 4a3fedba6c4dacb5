import { addSeconds } from 'date-fns/addSeconds'
import { type Actor, actorOf, daypass, type Json } from '../../domain/audit-event.ts'
import {
  type Campaign,
  itemKinds,
  type ReviewPeriod,
  type ReviewRules,
  type ReviewScope,
  usualReview,
} from '../../domain/campaign.ts'
import type { Catalog } from '../../domain/catalog.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import type { AccountKey } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { identifyLead } from '../_shared/security-lead.ts'
import { ofCampaign } from './_campaign/events.ts'

type StartPorts = Pick<Ports, 'store' | 'clock' | 'catalog'>

export type StartAnswer =
  | { readonly kind: 'started'; readonly campaign: Campaign }
  | { readonly kind: 'unknown_review'; readonly known: readonly string[] }
  | { readonly kind: 'refused' }

/** A security lead starts a review of the catalog, or one of everything. Throws `DirectoryUnavailable`. */
export async function startReview(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>,
  { by, name }: { by: AccountKey; name: string | null },
): Promise<StartAnswer> {
  const { person, isLead } = await identifyLead(ports, by)
  if (!isLead) {
    await recordRefusal(ports, person.account, (actor, at) => ({
      ...ofNoRequest(null),
      ...{
        at,
        actor,
        action: 'review.refused',
        details: { wanted: 'start', name: name?.slice(0, 100) ?? null },
      },
    }))
    return { kind: 'refused' }
  }
  const rules = rulesOf(ports.catalog, name)
  if (!rules) return unknownReview(ports.catalog)
  const campaign = await ports.store.transaction(async (tx) => {
    const account = await tx.accounts.upsert(person.account)
    return start(tx, rules, { actor: actorOf(account), now: ports.clock.now() })
  })
  return campaign ? { kind: 'started', campaign } : unknownReview(ports.catalog)
}

/** The same for somebody with the configuration of this installation. `by` is their name on the machine. */
export async function startReviewHere(
  { store, clock, catalog }: StartPorts,
  { by, name }: { by: string; name: string | null },
): Promise<StartAnswer> {
  const rules = rulesOf(catalog, name)
  if (!rules) return unknownReview(catalog)
  const how = { actor: daypass, now: clock.now(), details: { on_the_machine: by } }
  const campaign = await store.transaction((tx) => start(tx, rules, how))
  return campaign ? { kind: 'started', campaign } : unknownReview(catalog)
}

/**
 * Starts the reviews of the catalog whose time has come, each once, whatever process looks. One that was due while no process ran begins
 * now. None begins while the one before it is open.
 */
export async function startDueReviews({ store, clock, catalog }: StartPorts): Promise<void> {
  for (const rules of catalog.reviews?.values() ?? []) {
    if (rules.every === null) continue
    const latest = await store.campaigns.latestOf(rules.id)
    if (latest && latest.closedAt === null) continue
    const now = clock.now()
    const scheduleKey = dueKey(rules.every, latest, now)
    if (scheduleKey === null) continue
    const how = { actor: daypass, now, details: { period: scheduleKey }, scheduleKey }
    await store.transaction((tx) => start(tx, rules, how))
  }
}

/** What tells this start from all others of the review. Null: it is not due. */
export function dueKey(
  every: ReviewPeriod,
  latest: Pick<Campaign, 'startedAt' | 'reference'> | null,
  now: Date,
): string | null {
  if (typeof every === 'object')
    return latest && now < addSeconds(latest.startedAt, every.seconds)
      ? null
      : `after ${latest?.reference ?? 'none'}`
  const period = periodOf(every, now)
  return latest && periodOf(every, latest.startedAt) === period ? null : period
}

/** Such as `2026-11`, `2026-Q4` or `2026`, in UTC. */
function periodOf(every: 'month' | 'quarter' | 'year', at: Date): string {
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()]
  if (every === 'year') return `${year}`
  return every === 'quarter'
    ? `${year}-Q${Math.floor(month / 3) + 1}`
    : `${year}-${`${month + 1}`.padStart(2, '0')}`
}

type Wanted = ReviewScope & { readonly id: string | null }

function rulesOf({ reviews }: Catalog, name: string | null): Wanted | null {
  if (name === null) return { ...usualReview, id: null }
  return reviews?.get(name) ?? null
}

function unknownReview({ reviews }: Catalog): StartAnswer {
  return { kind: 'unknown_review', known: [...(reviews?.keys() ?? [])] }
}

/** Null: it was started before. */
async function start(
  tx: Transaction,
  rules: ReviewRules | Wanted,
  {
    actor,
    now,
    details = {},
    scheduleKey = null,
  }: { actor: Actor; now: Date; details?: Record<string, Json>; scheduleKey?: string | null },
): Promise<Campaign | null> {
  const { name, resourceIds, leasesLongerThanSeconds, deadlineSeconds, remindersSeconds, undecided } = rules
  const of = itemKinds.filter((kind) => rules.of.includes(kind))
  const campaign = await tx.campaigns.insert({
    ...{ name, resourceIds, of, leasesLongerThanSeconds, deadlineSeconds, remindersSeconds, undecided },
    reviewId: rules.id,
    startedAt: now,
    startedById: actor.kind === 'account' ? actor.accountId : null,
    dueAt: addSeconds(now, deadlineSeconds),
    scheduleKey,
  })
  if (!campaign) return null
  const scope = { name, of, resources: resourceIds && [...resourceIds], undecided }
  const due = { due_at: campaign.dueAt.toISOString() }
  await tx.audit.append(ofCampaign(campaign, 'review.started', actor, now, { ...scope, ...due, ...details }))
  await tx.outbox.add({ kind: 'collect_review', campaignId: campaign.id }, now)
  return campaign
}
