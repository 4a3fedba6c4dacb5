import type { KnownBlock } from '@slack/types'
import { type Catalog, findEntitlement } from '../../domain/catalog.ts'
import type { Grant } from '../../domain/grant.ts'
import { approvalsGiven, approvalsNeeded } from '../../domain/request.ts'
import type { RequestStory } from '../../domain/story.ts'
import { context } from './blocks.ts'
import { countOf, mention, moment, mrkdwn, plain } from './text.ts'

/** "1 of 2 approvals: @dana". While it is pending the catalog may ask for more of them than when it was submitted. */
export function progressWords(story: RequestStory, catalog: Catalog): string {
  const { request } = story
  const approving = story.decisions.filter(({ verdict }) => verdict === 'approve')
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
export function approvedBy(story: RequestStory, most = 20): string {
  const names = story.decisions
    .filter(({ verdict }) => verdict === 'approve')
    .map(({ approver }) => mention(approver.userId))
  if (names.length === 0) return 'a rule, nobody was asked'
  const more = names.length > most ? ` and ${names.length - most} more` : ''
  return `${names.slice(0, most).join(', ')}${more}`
}

/** What became of a request that is no longer pending, who did it and when; with the words of whoever gave a reason. */
export function outcomeBlocks(story: RequestStory): KnownBlock[] {
  const { request, grant } = story
  if (request.status === 'pending') return []
  const at = moment(request.closedAt)
  switch (request.status) {
    case 'denied':
      return denial(story, at)
    case 'cancelled':
      return [context(`Cancelled ${at}: nothing was given`)]
    case 'expired':
      return [context(`Expired ${at}: nobody decided in time, so nothing was given`)]
    case 'approved':
      return [context(`Approved by ${approvedBy(story)}, ${at}`), ...(grant ? grantBlocks(story, grant) : [])]
  }
}

/** The denial with its reason, which stands beside it as plain text. */
function denial({ decisions }: RequestStory, at: string): KnownBlock[] {
  const denied = decisions.find(({ verdict }) => verdict === 'deny')
  return saidBy(
    `Denied by ${denied ? mention(denied.approver.userId) : 'an approver'}, ${at}`,
    denied?.reason ?? null,
  )
}

function grantBlocks(story: RequestStory, grant: Grant): KnownBlock[] {
  switch (grant.status) {
    case 'activating':
      return [context('Setting up access. It counts as open once a read-back at the target shows it.')]
    case 'active':
      return [context(`Active since ${moment(grant.lease.activatedAt)}, until ${moment(grant.lease.endsAt)}`)]
    case 'activation_failed':
      return saidBy(`Could not be given, ${moment(grant.endedAt)}`, grant.failure.message)
    case 'revoking':
      return saidBy(`${causeWords(story)}. Removing access now`, grant.revocation.reason)
    case 'revocation_failed':
      return [
        context(
          `*Could not be removed.* ${causeWords(story)}. Trying again until a read-back shows it gone; attempt ${grant.attempts}`,
        ),
        { type: 'context', elements: [plain(grant.failure.message)] },
      ]
    case 'ended':
    case 'revoked':
      return [
        ...saidBy(
          `${causeWords(story)}. Read back ${moment(grant.endedAt)}: it is gone`,
          grant.revocation.reason,
        ),
      ]
  }
}

/** Why access was or is being taken back, and by whom. */
export function causeWords(story: RequestStory): string {
  const { grant, revoker } = story
  if (!grant || !('revocation' in grant)) return ''
  const who = revoker ? mention(revoker.userId) : 'Daypass'
  switch (grant.revocation.cause) {
    case 'lease_ended':
      return 'The lease ended'
    case 'released':
      return `${mention(story.requester.userId)} was done early`
    case 'revoked':
      return `Revoked by ${who}`
    case 'offboarded':
      return `${mention(story.requester.userId)} left the workspace`
    case 'activation_failed':
      return 'It could not be given whole, so what there was is taken back'
  }
}

function saidBy(sentence: string, words: string | null): KnownBlock[] {
  const elements = words === null || words === '' ? [] : [plain(words)]
  return [{ type: 'context', elements: [mrkdwn(sentence), ...elements] }]
}
