import { type Campaign, type CampaignCounts, type CampaignItem, stateOf } from '../../../domain/campaign.ts'
import type { OutgoingCampaignMessage } from '../../../domain/messenger.ts'
import { code, countOf, inline, mention, moment } from '../../kit/text.ts'

type Names = OutgoingCampaignMessage['resourceNames']

/** The holder, for people: a mention, or the login. */
export function holderText({ who, userId }: CampaignItem): string {
  return userId === null ? `the login ${code(who)}` : `*${inline(who, 80)}* (${mention(userId)})`
}

/** What they have, where, since when and until when. mrkdwn. */
export function itemText(item: CampaignItem, names: Names): string {
  const { kind, what, resourceId, since, until } = item
  const name = `*${inline(what, 150)}*`
  const where = resourceId === null ? '' : ` on ${inline(names.get(resourceId) ?? resourceId, 75)}`
  const from = since ? `, since ${moment(since)}` : ''
  const to = until ? `, until ${moment(until)}` : ''
  switch (kind) {
    case 'lease':
      return `Lease: ${name}${where}${from}${to}`
    case 'pre_approval':
      return `Approved in advance: ${name}${where}${from}${to}`
    case 'engagement':
      return `Engagement for ${name}${from}${to}`
    case 'standing':
      return `Standing access that Daypass did not give: ${name}${where}`
  }
}

export function useText({ kind, use, lastUsedAt }: CampaignItem): string {
  const what = kind === 'lease' ? 'use' : 'access taken'
  if (use === 'used') return lastUsedAt ? `Last ${what}: ${moment(lastUsedAt)}` : 'Used'
  if (use === 'never') return kind === 'lease' ? 'Never used' : 'No access was taken by it'
  if (use === 'none_seen') return 'No use was seen'
  return 'Whether it is used is not known: the system does not tell'
}

/** What became of an item. Empty while it is open. mrkdwn. */
export function outcomeText(item: CampaignItem): string {
  const { decision, gone, overAt } = item
  const by = decision?.by ? `by ${mention(decision.by.userId)}` : 'because nobody decided in time'
  const at = decision ? `, ${moment(decision.at)}` : ''
  switch (stateOf(item)) {
    case 'open':
      return ''
    case 'over':
      return `⚪ It ended before anybody decided${overAt ? `, ${moment(gone?.at ?? overAt)}` : ''}`
    case 'kept':
      return `✅ Kept ${by}${at}`
    case 'shortened':
      return `✂️ Shortened ${by}${at}. It ends ${decision?.until ? moment(decision.until) : 'earlier'}`
    case 'ending':
      return item.kind === 'standing'
        ? `⏳ To be removed by hand, ${by}${at}. The system still shows it`
        : `⏳ Being ended ${by}${at}`
    case 'ended':
      return `🛑 Ended ${by}${at}. Proven gone ${gone ? moment(gone.at) : ''}: ${inline(gone?.proof ?? '', 200)}`
  }
}

export function countsText(counts: CampaignCounts): string {
  const parts = [
    `${counts.kept} kept`,
    `${counts.shortened} shortened`,
    `${counts.ended} ended and proven gone`,
    ...(counts.ending > 0 ? [`${counts.ending} to end, and still there`] : []),
    ...(counts.over > 0 ? [`${counts.over} ended before anybody decided`] : []),
    ...(counts.open > 0 ? [`*${counts.open} undecided*`] : []),
    ...(counts.byRule > 0 ? [`${counts.byRule} decided because nobody had decided in time`] : []),
  ]
  return `${countOf(counts.all, 'item')}: ${parts.join(', ')}.`
}

/** What happens to undecided items at the deadline. */
export function ruleText({ undecided, dueAt, escalatedAt }: Campaign): string {
  const when = moment(dueAt)
  if (undecided === 'keep') return `What nobody decides by ${when} stays.`
  if (undecided === 'end') return `What nobody decides by ${when} ends.`
  return escalatedAt
    ? `What nobody decides by ${when} stays undecided.`
    : `What nobody decides by ${when} goes to the security leads.`
}
