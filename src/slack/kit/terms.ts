import type { KnownBlock, MrkdwnElement, PlainTextElement } from '@slack/types'
import type { Account } from '../../domain/account.ts'
import type { Risk } from '../../domain/catalog.ts'
import { formatDuration } from '../../domain/duration.ts'
import { accessEndsAt, type Engagement } from '../../domain/engagement.ts'
import { plannedEnd } from '../../domain/grant.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { AccessRequest } from '../../domain/request.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { assigneesText } from '../../domain/tracker.ts'
import { windowText } from './action.ts'
import { context, quoted } from './blocks.ts'
import { extensionFields, moreTimeText, shortestOf } from './extension.ts'
import { clip, code, inline, mention, moment, mrkdwn, plain } from './text.ts'

/** `*Read orders* on *Orders database* (production)`, from the stored terms, never from text that a person typed. */
export function whatIsAsked({ terms }: Pick<AccessRequest, 'terms'>): string {
  const where = terms.environment === null ? '' : ` (${inline(terms.environment, 32)})`
  return `*${inline(terms.entitlementName, 64)}* on *${inline(terms.resourceName, 64)}*${where}`
}

/** The same in a list of many: short enough that a message of 20 fits into Slack's limits. */
export function whatInShort({ terms }: Pick<AccessRequest, 'terms'>): string {
  return `*${inline(terms.entitlementName, 30)}* on *${inline(terms.resourceName, 30)}*`
}

export function riskText(risk: Risk): string {
  return { low: '🟢 low', medium: '🟡 medium', high: '🟠 high', critical: '🔴 critical' }[risk]
}

/** The person and the kind of account, for approvers. */
function personText(person: Account, engagement: Engagement | null): string {
  if (person.kind === 'employee') return `${mention(person.userId)} · member of this workspace`
  if (engagement) {
    const { company, sponsor, endsAt } = engagement
    return `${mention(person.userId)} · contractor of ${inline(company, 60)} until ${moment(endsAt)}, sponsor ${mention(sponsor.userId)}`
  }
  const ends = person.guestExpiresAt ? ` until ${moment(person.guestExpiresAt)}` : ''
  return `${mention(person.userId)} · contractor (Slack guest${ends})`
}

/** Who, what, where, risk, how long, ticket: the facts for the decision. At most 10 fields of 2,000 characters: https://docs.slack.dev/reference/block-kit/blocks/section-block */
export function termsFields(history: RequestHistory): (MrkdwnElement | PlainTextElement)[] {
  const { request, requester } = history
  const { terms } = request
  const environment = terms.environment === null ? '' : ` · ${inline(terms.environment, 32)}`
  return [
    field('Who', personText(requester, history.engagement)),
    field('What', `${inline(terms.entitlementName, 64)} · ${code(request.asksFor.entitlementId)}`),
    field('Where', `${inline(terms.resourceName, 64)} · ${code(request.asksFor.resourceId)}${environment}`),
    field('Risk', riskText(terms.risk)),
    field(request.asksFor.kind === 'action' ? 'When' : 'How long', leaseText(history)),
    ...(history.extends ? extensionFields(history, history.extends) : []),
    ...(request.ticket === null ? [] : [plain(`Ticket\n${ticketText(request)}`, 2000)]),
  ]
}

/** Who asks, and under which ticket: what the parts of a bundle have in common. */
export function requesterFields({
  request,
  requester,
  engagement,
}: RequestHistory): (MrkdwnElement | PlainTextElement)[] {
  return [
    field('Who', personText(requester, engagement)),
    ...(request.ticket === null ? [] : [plain(`Ticket\n${ticketText(request)}`, 2000)]),
  ]
}

/** The ticket as typed, and what the tracker said of it. Plain text: people chose the words. */
function ticketText({ ticket, ticketCheck }: AccessRequest): string {
  if (!ticketCheck) return ticket ?? ''
  const { trackerName, outcome, found } = ticketCheck
  switch (outcome) {
    case 'not_asked':
      return `${ticket}`
    case 'unavailable':
      return `${ticket}: could not be checked, ${trackerName} did not answer`
    case 'checked': {
      if (!found) return `${ticket}: not found in ${trackerName}`
      const state = `${found.isOpen ? 'open' : 'closed'} (${found.status})`
      return `${ticket}: ${state}, assigned to ${assigneesText(found)} (${trackerName})`
    }
  }
}

/** The lease starts when the access is active, so an absolute end is shown only then. */
export function leaseText(history: RequestHistory): string {
  const { request, requester, engagement, grant } = history
  if (history.extends) return moreTimeText(history, history.extends)
  if (request.asksFor.kind === 'action') return windowText(history)
  const approved = grant?.durationSeconds ?? shortestOf(history)
  const extra = extraSecondsOf(history)
  const isLess = approved < request.durationSeconds
  const asked = `${formatDuration(approved)}${isLess ? ` (${formatDuration(request.durationSeconds)} was asked for)` : ''}${extra > 0 ? ` and ${formatDuration(extra)} more` : ''}`
  const lease = grant && 'lease' in grant ? grant.lease : null
  const limit = accessEndsAt(requester.guestExpiresAt, engagement)
  if (!lease && request.startsAt) return `${asked}, ${fromUntil(history, request.startsAt)}`
  if (!lease) {
    const asActive = new Date(request.submittedAt.getTime() + approved * 1000)
    const atMost = limit && limit < asActive ? `, ${limitText(limit, engagement)}` : ''
    return `${asked}, from when it is active${atMost}`
  }
  if (grant?.status === 'active' && limit && lease.endsAt >= limit)
    return `${asked}, ${limitText(limit, engagement)}`
  const until = `${asked}, until ${moment(lease.endsAt)}`
  return grant?.status === 'active' ? until : `${asked}, from ${moment(lease.activatedAt)}`
}

/** "Starts Tue at 09:00, ends Tue at 11:00", of a request with a planned start. */
export function plannedText(history: RequestHistory): string {
  const { startsAt } = history.request
  return startsAt ? `Starts ${moment(startsAt)}, ends ${moment(plannedEndOf(history, startsAt))}` : ''
}

function fromUntil(history: RequestHistory, startsAt: Date): string {
  return `from ${moment(startsAt)} until ${moment(plannedEndOf(history, startsAt))}`
}

/** The planned end counts from the planned start, and nothing goes beyond the engagement and the guest account. */
function plannedEndOf(history: RequestHistory, startsAt: Date): Date {
  const { requester, engagement, grant } = history
  const limit = accessEndsAt(requester.guestExpiresAt, engagement)
  return plannedEnd(startsAt, grant?.durationSeconds ?? shortestOf(history), limit)
}

/** The time by which extensions moved the end of the lease. */
function extraSecondsOf({ extensions }: Pick<RequestHistory, 'extensions'>): number {
  const moved = extensions.map(({ outcome }) =>
    outcome ? outcome.endsAt.getTime() - outcome.fromEndsAt.getTime() : 0,
  )
  return moved.reduce((sum, one) => sum + one, 0) / 1000
}

/** The end that no lease goes beyond, and what ends then. */
function limitText(limit: Date, engagement: Pick<Engagement, 'endsAt'> | null): string {
  const what = engagement && engagement.endsAt <= limit ? 'engagement ends' : 'guest account ends'
  return `but only until the ${what} on ${moment(limit)}`
}

/** Who can confirm a login of a person with this sponsor. */
export function whoConfirms(sponsorUserId: string | null): string {
  return sponsorUserId === null
    ? 'The security team can confirm it.'
    : `${mention(sponsorUserId)} (the sponsor) or the security team can confirm it.`
}

/** The justification, as plain text. */
export function whyBlocks(request: AccessRequest): KnownBlock[] {
  return [context('*Why*, as the requester wrote it:'), quoted(request.justification)]
}

/** The sentence of the policy result, and the ids of the policies that decided. */
export function policyText(policy: PolicyResult): string {
  const ids = policy.decidedBy.map(({ id }) => code(clip(id, 60)))
  return `*Policy:* ${inline(policy.sentence, 300)}${ids.length > 0 ? ` (${ids.slice(0, 8).join(', ')})` : ''}`
}

function field(label: string, value: string): MrkdwnElement {
  return mrkdwn(clip(`*${label}*\n${value}`, 2000))
}
