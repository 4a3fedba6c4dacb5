import type { KnownBlock } from '@slack/types'
import { type Catalog, findEntitlement } from '../../domain/catalog.ts'
import type { Grant } from '../../domain/grant.ts'
import { approvalsGiven, approvalsNeeded } from '../../domain/request.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { context } from './blocks.ts'
import { countOf, mention, moment, mrkdwn, plain } from './text.ts'

/** "1 of 2 approvals: @dana". While it is pending the catalog may ask for more of them than when it was submitted. */
export function progressText(history: RequestHistory, catalog: Catalog): string {
  const { request } = history
  const approving = history.decisions.filter(({ verdict }) => verdict === 'approve')
  const given = approvalsGiven(approving)
  const names = approving.slice(0, 20).map(({ approver }) => mention(approver.userId))
  const by = names.length > 0 ? `: ${names.join(', ')}` : ''
  const offer = findEntitlement(catalog, request.asksFor.resourceId, request.asksFor.entitlementId)
  const needed =
    request.status === 'pending'
      ? approvalsNeeded(request, offer?.entitlement ?? null)
      : Math.max(request.terms.approvals, given)
  return `${given} of ${countOf(needed, 'approval')}${by}`
}

/** Who approved (the first `most` of them), or that a rule did. */
export function approvedBy(history: RequestHistory, most = 20): string {
  const names = history.decisions
    .filter(({ verdict }) => verdict === 'approve')
    .map(({ approver }) => mention(approver.userId))
  if (names.length === 0) return 'a rule, nobody was asked'
  const more = names.length > most ? ` and ${names.length - most} more` : ''
  return `${names.slice(0, most).join(', ')}${more}`
}

/** What became of a request that is no longer pending, who did it and when; with the words of whoever gave a reason. */
export function outcomeBlocks(history: RequestHistory): KnownBlock[] {
  const { request, grant } = history
  if (request.status === 'pending') return []
  const at = moment(request.closedAt)
  switch (request.status) {
    case 'denied':
      return denial(history, at)
    case 'cancelled':
      return [context(`Cancelled ${at}: nothing was given`)]
    case 'expired':
      return [context(`Expired ${at}: nobody decided in time, so nothing was given`)]
    case 'approved':
      return [
        context(`Approved by ${approvedBy(history)}, ${at}`),
        ...(grant ? grantBlocks(history, grant) : []),
      ]
  }
}

/** The denial with its reason, which stands beside it as plain text. */
function denial({ decisions }: RequestHistory, at: string): KnownBlock[] {
  const denied = decisions.find(({ verdict }) => verdict === 'deny')
  return saidBy(
    `Denied by ${denied ? mention(denied.approver.userId) : 'an approver'}, ${at}`,
    denied?.reason ?? null,
  )
}

function grantBlocks(history: RequestHistory, grant: Grant): KnownBlock[] {
  switch (grant.status) {
    case 'activating':
      return [context('Setting up access. It counts as open once a read-back at the target shows it.')]
    case 'active':
      return [context(`Active since ${moment(grant.lease.activatedAt)}, until ${moment(grant.lease.endsAt)}`)]
    case 'activation_failed':
      return saidBy(`Could not be given, ${moment(grant.endedAt)}`, grant.failure.message)
    case 'revoking':
      return saidBy(`${causeText(history)}. Removing access now`, grant.revocation.reason)
    case 'revocation_failed':
      return [
        context(
          `*Could not be removed.* ${causeText(history)}. Trying again until a read-back shows it gone; attempt ${grant.attempts}`,
        ),
        { type: 'context', elements: [plain(grant.failure.message)] },
      ]
    case 'ended':
    case 'revoked':
      return [
        ...saidBy(
          `${causeText(history)}. Read back ${moment(grant.endedAt)}: it is gone`,
          grant.revocation.reason,
        ),
      ]
  }
}

/** Why access was or is being taken back, and by whom. */
export function causeText(history: RequestHistory): string {
  const { grant, revoker } = history
  if (!grant || !('revocation' in grant)) return ''
  const who = revoker ? mention(revoker.userId) : 'Daypass'
  switch (grant.revocation.cause) {
    case 'lease_ended':
      return 'The lease ended'
    case 'released':
      return `${mention(history.requester.userId)} was done early`
    case 'revoked':
      return `Revoked by ${who}`
    case 'offboarded':
      return `${mention(history.requester.userId)} left the workspace`
    case 'activation_failed':
      return 'It could not be given whole, so what there was is taken back'
  }
}

function saidBy(sentence: string, words: string | null): KnownBlock[] {
  const elements = words === null || words === '' ? [] : [plain(words)]
  return [{ type: 'context', elements: [mrkdwn(sentence), ...elements] }]
}
