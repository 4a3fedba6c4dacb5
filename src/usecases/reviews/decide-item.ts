import { isFullMember } from '../../domain/account.ts'
import { endOfDay, knownZone } from '../../domain/calendar-day.ts'
import {
  type Campaign,
  type CampaignItem,
  type ItemVerdict,
  mayShorten,
  stateOf,
} from '../../domain/campaign.ts'
import { isNamedIn } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { looksLikeSecret } from '../../domain/secret-like.ts'
import { type FieldProblem, readReason } from '../_shared/field-problem.ts'
import { personFrozen } from '../_shared/frozen.ts'
import { judgeAboutGrant } from '../_shared/judge-about-grant.ts'
import { type AccountKey, deciders, freshAtClick, type Identified, identify } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { identifyManager, judgeManager } from '../people/_engagements/ask-manager.ts'
import { carryOut } from './_campaign/carry-out.ts'
import { ofItem } from './_campaign/events.ts'
import { orderCampaignMessage } from './_campaign/order-messages.ts'

/** Why a click does not count. A policy that refuses says so in its own sentence. */
export type WhyNotReview =
  | 'own_access'
  | 'not_a_reviewer'
  | 'account'
  | 'frozen'
  | { readonly policy: string }

interface About {
  readonly campaign: Campaign
  readonly item: CampaignItem
}

export type NotDecidable =
  | (About & { readonly kind: 'decided_before' | 'over' | 'closed' })
  | (About & { readonly kind: 'refused'; readonly because: WhyNotReview })
  | { readonly kind: 'unknown' }

export type MayDecideItem = (About & { readonly kind: 'may' }) | NotDecidable

export type ItemField = 'reason' | 'until'
export type ItemAnswer =
  | (About & { readonly kind: 'decided' })
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem<ItemField>[] }
  | NotDecidable

/** What a person says of an item. A day ends in its last minute, in the zone of that person. */
export type ItemSaid =
  | { readonly verdict: 'keep' }
  | { readonly verdict: 'end'; readonly reason: string }
  | { readonly verdict: 'shorten'; readonly reason: string; readonly day: string }

type DecidePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Dry run of `decideItem`, for the form. It also records a refusal. */
export async function mayDecideItem(
  ports: DecidePorts,
  asked: { by: AccountKey; itemId: string; verdict: ItemVerdict },
): Promise<MayDecideItem> {
  const answer = await examine(ports, asked)
  return answer.kind === 'may' ? { kind: 'may', campaign: answer.campaign, item: answer.item } : answer
}

/**
 * Decides one item of a review, once, and carries that out. Those may who answer for the resource, the sponsor of an engagement, and the
 * security leads; never about themselves. To take something away, the policies must also permit that. Throws `DirectoryUnavailable`.
 */
export async function decideItem(
  ports: DecidePorts,
  { by, itemId, said }: { by: AccountKey; itemId: string; said: ItemSaid },
): Promise<ItemAnswer> {
  const { store, clock } = ports
  const may = await examine(ports, { by, itemId, verdict: said.verdict })
  if (may.kind !== 'may') return may
  const { person, campaign, item } = may
  const read = readSaid(said, person, item, clock.now())
  if ('problems' in read) return { kind: 'invalid', problems: read.problems }
  const kind = await store.transaction(async (tx) => {
    const locked = await tx.campaigns.lock(campaign.id)
    const present = await tx.campaigns.item(itemId, clock.now())
    if (!locked || !present) return 'unknown'
    if (stateOf(present) !== 'open') return present.overAt ? 'over' : 'decided_before'
    if (locked.closedAt) return 'closed'
    const account = await tx.accounts.upsert(person.account)
    if (present.personId !== null && present.personId === account.personId) return 'own'
    if (await personFrozen(tx, account, clock.now())) return 'frozen'
    const outcome = await carryOut(ports, tx, locked, present, { ...read, by: account })
    if (outcome !== 'done') return outcome
    const rest = (await tx.campaigns.items(campaign.id, clock.now())).filter(
      ({ reviewers, personId, who }) =>
        reviewers.includes(by.userId) && personId === present.personId && who === present.who,
    )
    // The card goes on to the next person.
    if (rest.every((one) => one.id === itemId || stateOf(one) !== 'open'))
      await tx.campaigns.turnTo(campaign.id, `reviewer ${by.userId}`, null)
    await tx.outbox.add(
      { kind: 'watch_review', campaignId: campaign.id, once: true },
      inSeconds(clock.now(), 15),
    )
    await orderCampaignMessage(tx, campaign.id, { kind: 'reviewer', userId: by.userId }, clock.now())
    return 'decided'
  })
  const latest = await store.campaigns.itemById(itemId, clock.now())
  const about = { campaign, item: latest ?? item }
  switch (kind) {
    case 'unknown':
      return { kind }
    case 'own':
      return refuse(ports, person, about, 'own_access')
    case 'frozen':
      return refuse(ports, person, about, 'frozen')
    case 'not_shorter':
      return { kind: 'invalid', problems: [{ field: 'until', message: notShorter }] }
    case 'over':
    case 'closed':
    case 'decided_before':
      await recordLate(ports, person, about, kind)
      return { kind, ...about }
    case 'decided':
      return { kind, ...about }
  }
}

const notShorter = 'It ends before that, or has not begun. Choose an earlier day, keep it or end it.'

function inSeconds(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000)
}

type Examined = (About & { readonly kind: 'may'; readonly person: Identified }) | NotDecidable

async function examine(
  ports: DecidePorts,
  { by, itemId, verdict }: { by: AccountKey; itemId: string; verdict: ItemVerdict },
): Promise<Examined> {
  const { store, clock, catalog, directory } = ports
  const stored = await store.campaigns.itemById(itemId, clock.now())
  const view = stored && (await store.campaigns.byId(stored.campaignId, clock.now()))
  if (!stored || !view) return { kind: 'unknown' }
  const resource = catalog.resources.get(stored.resourceId ?? '') ?? null
  const person = await identify(ports, by, deciders(catalog, resource), freshAtClick)
  // The account may turn out to be a second one of the person who clicks.
  const subject = stored.userId === null ? null : await directory.account(stored.userId, freshAtClick)
  if (subject) await store.people.of([subject])
  const item = (await store.campaigns.itemById(itemId, clock.now())) ?? stored
  const about = { campaign: view.campaign, item }
  const because = await whyNot(ports, by, person, item, verdict)
  if (because) return refuse(ports, person, about, because)
  if (stateOf(item) !== 'open') return { kind: item.overAt ? 'over' : 'decided_before', ...about }
  if (view.campaign.closedAt) return { kind: 'closed', ...about }
  return { kind: 'may', ...about, person }
}

async function whyNot(
  ports: DecidePorts,
  by: AccountKey,
  person: Identified,
  item: CampaignItem,
  verdict: ItemVerdict,
): Promise<WhyNotReview | null> {
  const { facts } = person
  if (!isFullMember(facts)) return 'account'
  if (item.personId !== null && item.personId === facts.person) return 'own_access'
  if (!(await isReviewer(ports, person, item))) return 'not_a_reviewer'
  return verdict === 'keep' ? null : policyAgainst(ports, by, item)
}

async function isReviewer(
  { store, catalog }: DecidePorts,
  { facts }: Identified,
  { resourceId, engagementId }: CampaignItem,
): Promise<boolean> {
  const owners = catalog.resources.get(resourceId ?? '')?.owners.approvers ?? []
  if (isNamedIn([...owners, ...catalog.security.leads], facts)) return true
  const view = engagementId === null ? null : await store.people.engagement(engagementId)
  return view?.engagement.sponsor.personId === facts.person
}

/** To take access back is what the policies permit, in a review as elsewhere. Null: they permit it. */
async function policyAgainst(
  ports: DecidePorts,
  by: AccountKey,
  { requestId, engagementId }: CampaignItem,
): Promise<WhyNotReview | null> {
  if (requestId !== null) {
    const history = await ports.store.histories.byRequest(requestId)
    if (!history) return null
    const { policy } = await judgeAboutGrant(ports, by, history, 'revoke')
    return policy.allowed ? null : { policy: policy.sentence }
  }
  const view = engagementId === null ? null : await ports.store.people.engagement(engagementId)
  if (!view) return null
  const { engagement } = view
  const manager = await identifyManager(ports, by)
  const policy = judgeManager(ports, manager, { personId: engagement.personId, engagement }, 'end')
  return policy.allowed ? null : { policy: policy.sentence }
}

async function refuse(
  ports: Pick<Ports, 'store' | 'clock'>,
  person: Identified,
  about: About,
  because: WhyNotReview,
): Promise<NotDecidable> {
  await recordLate(ports, person, about, typeof because === 'string' ? because : 'policy')
  return { kind: 'refused', ...about, because }
}

async function recordLate(
  ports: Pick<Ports, 'store' | 'clock'>,
  { account }: Identified,
  { campaign, item }: About,
  because: string,
): Promise<void> {
  await recordRefusal(ports, account, (actor, at) =>
    ofItem(campaign, item, 'review.decision_refused', actor, at, { details: { because } }),
  )
}

interface Read {
  readonly verdict: ItemVerdict
  readonly reason: string | null
  readonly until: Date | null
}

function readSaid(
  said: ItemSaid,
  { account: { timeZone } }: Identified,
  item: CampaignItem,
  now: Date,
): Read | { readonly problems: readonly FieldProblem<ItemField>[] } {
  if (said.verdict === 'keep') return { verdict: 'keep', reason: null, until: null }
  const why = readReason(said.reason)
  const problems: FieldProblem<ItemField>[] = 'problem' in why ? [why.problem] : []
  if ('reason' in why && looksLikeSecret(why.reason))
    problems.push({ field: 'reason', message: 'This looks like a secret. Leave it out.' })
  const until = said.verdict === 'shorten' ? endOfDay(said.day, knownZone(timeZone)) : null
  if (said.verdict === 'shorten') {
    const problem = untilProblem(until, item, now)
    if (problem) problems.push({ field: 'until', message: problem })
  }
  if (problems.length > 0 || 'problem' in why) return { problems }
  return { verdict: said.verdict, reason: why.reason, until }
}

function untilProblem(until: Date | null, item: CampaignItem, now: Date): string | null {
  if (!mayShorten(item)) return 'This has no end that could be moved. Keep it or end it.'
  if (!until) return 'Choose the last day.'
  if (until <= now) return 'This day is past. Choose a later one, or end it.'
  return item.until && until >= item.until ? notShorter : null
}
