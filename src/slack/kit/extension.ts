import type { ContextBlock, KnownBlock, MrkdwnElement } from '@slack/types'
import { formatDuration } from '../../domain/duration.ts'
import { accessEndsAt } from '../../domain/engagement.ts'
import {
  type ExtendedLease,
  extendedEnd,
  leaseOf,
  type RequestedExtension,
  secondsOf,
} from '../../domain/lease-extension.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { context, quoted } from './blocks.ts'
import { clip, mention, moment, mrkdwn, plain } from './text.ts'

/** The time that is approved so far, or that was asked for: approvers may approve for less. */
export function shortestOf({ request, decisions }: Pick<RequestHistory, 'request' | 'decisions'>): number {
  return Math.min(
    ...decisions.map(({ durationSeconds }) => durationSeconds ?? request.durationSeconds),
    request.durationSeconds,
  )
}

/** "30m more, until 11:30 instead of 11:00". */
export function moreTimeText(history: RequestHistory, { outcome, grant }: ExtendedLease): string {
  const { request, requester, engagement } = history
  const approved = shortestOf(history)
  const isLess = approved < request.durationSeconds
  const asked = isLess ? ` (${formatDuration(request.durationSeconds)} was asked for)` : ''
  const more = `${formatDuration(approved)} more${asked}`
  if (outcome?.failure === null)
    return `${more}, until ${moment(outcome.endsAt)} instead of ${moment(outcome.fromEndsAt)}`
  const lease = leaseOf(grant)
  // The lease may have moved since, or be over.
  if (!lease || grant.status !== 'active' || outcome !== null) return more
  const limit = accessEndsAt(requester.guestExpiresAt, engagement)
  return `${more}, until ${moment(extendedEnd(lease, approved, limit))} instead of ${moment(lease.endsAt)}`
}

/** Fields of the card: the lease, and how long it would be. */
export function extensionFields(
  history: RequestHistory,
  { grant, request, outcome }: ExtendedLease,
): MrkdwnElement[] {
  const lease = leaseOf(grant)
  if (!lease) return []
  const since = `*Lease*\n${request.reference} of ${mention(history.requester.userId)}, since ${moment(lease.activatedAt)}`
  const isOpen = outcome === null && grant.status === 'active'
  if (!isOpen) return [mrkdwn(since)]
  const whole = secondsOf(lease) + shortestOf(history)
  return [
    mrkdwn(since),
    mrkdwn(`*Present end*\n${moment(lease.endsAt)}`),
    mrkdwn(`*Whole lease*\nUp to ${formatDuration(whole)}`),
  ]
}

/** Why the lease was asked for first, below the reason for more time. */
export function whyThenBlocks({ request }: ExtendedLease): KnownBlock[] {
  return [context(`*Why first* (${request.reference}):`), quoted(clip(request.justification, 500))]
}

/** What became of the extension, after its approval. */
export function extensionOutcomeBlocks({ outcome, grant }: ExtendedLease): ContextBlock[] {
  if (!outcome)
    return [
      context('Moving the end at the target. The lease has its old end until a check shows the new one.'),
    ]
  const { failure, at, endsAt, fromEndsAt } = outcome
  if (failure === null)
    return [context(`The lease ends ${moment(endsAt)} instead of ${moment(fromEndsAt)}, since ${moment(at)}`)]
  const left = grant.status === 'active' ? ` It ends ${moment(endsAt)} as before.` : ''
  return [
    {
      type: 'context',
      elements: [mrkdwn(`*The lease could not be extended*, ${moment(at)}.${left}`), plain(failure, 500)],
    },
  ]
}

const mostLines = 5

/** The extensions that were carried out or failed, on the card of the lease: it is edited then, so the others would not stay true. */
export function settledExtensionsBlocks({ extensions }: RequestHistory): ContextBlock[] {
  return extensionsBlocks({ extensions: extensions.filter(({ outcome }) => outcome !== null) })
}

/** All extensions of a lease, for an answer that is made now. */
export function extensionsBlocks({ extensions }: Pick<RequestHistory, 'extensions'>): ContextBlock[] {
  if (extensions.length === 0) return []
  const lines = extensions.slice(-mostLines).map(extensionLine)
  const more = extensions.length > mostLines ? [`… and ${extensions.length - mostLines} before`] : []
  return [context([...more, ...lines].join('\n'))]
}

function extensionLine({ request, outcome }: RequestedExtension): string {
  const asked = `${request.reference}: ${formatDuration(request.durationSeconds)} more`
  switch (request.status) {
    case 'pending':
      return `🟡 ${asked} is asked for`
    case 'denied':
    case 'cancelled':
    case 'expired':
      return `⚪ ${asked} was asked for (${request.status})`
    case 'approved':
      if (!outcome) return `⏳ ${asked} is approved, and being set`
      return outcome.failure === null
        ? `⏩ ${request.reference}: extended until ${moment(outcome.endsAt)} instead of ${moment(outcome.fromEndsAt)}`
        : `🔴 ${asked} was approved, but the lease could not be extended`
  }
}
