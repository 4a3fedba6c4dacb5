import type { KnownBlock } from '@slack/types'
import { byPerson, type CampaignItem, countItems, mayShorten, stateOf } from '../../../domain/campaign.ts'
import type { OutgoingCampaignMessage } from '../../../domain/messenger.ts'
import {
  actions,
  button,
  confirm,
  context,
  header,
  type MessageContent,
  section,
  textMessage,
} from '../../kit/blocks.ts'
import { code, countOf, inline, mention, moment } from '../../kit/text.ts'
import { reviewActionIds } from './ids.ts'
import { countsText, holderText, itemText, outcomeText, ruleText, useText } from './words.ts'

/** Two blocks an item, of the fifty of a message: https://docs.slack.dev/reference/block-kit/blocks */
const itemsOnPage = 12

/** A message about an access review, as it is now. */
export function campaignContent(message: OutgoingCampaignMessage): MessageContent {
  switch (message.message.kind) {
    case 'reviewer':
      return reviewerCard(message)
    case 'reminder':
      return reminder(message)
    case 'security':
      return progressMessage(message)
    case 'closed':
      return closedMessage(message)
    case 'removal':
      return removalMessage(message)
  }
}

/** The items of each person together; one with many has several pages. */
export function pagesOf(items: readonly CampaignItem[]): (readonly CampaignItem[])[] {
  return byPerson(items).flatMap((ofPerson) => {
    const pages = Math.ceil(ofPerson.length / itemsOnPage)
    return Array.from({ length: pages }, (_, page) =>
      ofPerson.slice(page * itemsOnPage, (page + 1) * itemsOnPage),
    )
  })
}

function reviewerCard({ campaign, items, page, resourceNames }: OutgoingCampaignMessage): MessageContent {
  const title = `🔎 ${campaign.name} · ${campaign.reference}`
  const open = items.filter((item) => stateOf(item) === 'open').length
  if (campaign.closedAt) return messageOf(title, `This review is closed. ${countsText(countItems(items))}`)
  if (items.length === 0) return messageOf(title, 'Somebody else is asked about these now.')
  const pages = pagesOf(items)
  const firstOpen = pages.findIndex((some) => some.some((item) => stateOf(item) === 'open'))
  const at = page !== null && pages[page] ? page : Math.max(0, firstOpen)
  const shown = pages[at] ?? []
  const text =
    open === 0
      ? `Everything is decided. Thank you. ${countsText(countItems(items))}`
      : `Please say what stays: ${countOf(open, 'item')} of ${items.length} ${open === 1 ? 'waits' : 'wait'}. ${ruleText(campaign)}`
  const first = shown[0]
  return {
    text: `${title}: ${text}`,
    blocks: [
      header(title),
      section(text),
      ...(first ? [section(`👤 ${holderText(first)}${noticeOf(first)}`)] : []),
      ...shown.flatMap((item) => itemBlocks(item, resourceNames)),
      ...pager(campaign.id, at, pages.length),
      context(
        'Nobody judges their own access. Each decision counts once, and is recorded with your name. Daypass says here when something is really gone.',
      ),
    ],
  }
}

function noticeOf({ userId, byLeads }: CampaignItem): string {
  const unknown =
    userId === null ? '\nDaypass does not know whose login this is. If it is yours, leave it to others.' : ''
  return byLeads ? `${unknown}\nIt came to you because nobody else may judge it, or nobody did.` : unknown
}

function itemBlocks(item: CampaignItem, names: OutgoingCampaignMessage['resourceNames']): KnownBlock[] {
  const text = section(`${itemText(item, names)}\n${useText(item)}`)
  const outcome = outcomeText(item)
  if (outcome !== '') return [text, context(outcome)]
  return [
    text,
    actions(
      button('Keep', reviewActionIds.keep, item.id),
      button('End…', reviewActionIds.end, item.id, { style: 'danger' }),
      ...(mayShorten(item) ? [button('Shorten…', reviewActionIds.shorten, item.id)] : []),
    ),
  ]
}

function pager(campaignId: string, at: number, pages: number): KnownBlock[] {
  if (pages < 2) return []
  const to = (page: number) => `${campaignId} ${page}`
  return [
    actions(
      ...(at > 0 ? [button('Previous person', reviewActionIds.previous, to(at - 1))] : []),
      ...(at < pages - 1 ? [button('Next person', reviewActionIds.next, to(at + 1))] : []),
    ),
    context(`Page ${at + 1} of ${pages}`),
  ]
}

function reminder({ campaign, items }: OutgoingCampaignMessage): MessageContent {
  const open = items.filter((item) => stateOf(item) === 'open').length
  const what = `${inline(campaign.name, 75)} (${campaign.reference})`
  if (open === 0 || campaign.closedAt) return textMessage(`✅ ${what} no longer waits for you.`)
  return textMessage(
    `⏰ ${what} waits for you: ${countOf(open, 'item')}. The buttons are on my earlier message. ${ruleText(campaign)}`,
  )
}

function progressMessage({ campaign, items, resourceNames }: OutgoingCampaignMessage): MessageContent {
  const title = `🔎 ${campaign.name} · ${campaign.reference}`
  const open = items.filter((item) => stateOf(item) === 'open')
  const waiting = new Map<string, number>()
  for (const { reviewers } of open)
    for (const userId of reviewers) waiting.set(userId, (waiting.get(userId) ?? 0) + 1)
  const people = [...waiting]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 20)
    .map(([userId, count]) => `${mention(userId)} ${count}`)
  const nobody = open.filter(({ reviewers }) => reviewers.length === 0)
  const text = `${title}: ${countsText(countItems(items))}`
  return {
    text,
    blocks: [
      header(title),
      section(`Began ${moment(campaign.startedAt)}. ${countsText(countItems(items))}`),
      ...(campaign.closedAt ? [] : [section(ruleText(campaign))]),
      ...(campaign.escalatedAt
        ? [context(`Undecided items went to the security leads, ${moment(campaign.escalatedAt)}.`)]
        : []),
      ...(people.length > 0 ? [section(`*Waits for:* ${people.join(', ')}`)] : []),
      ...(nobody.length > 0
        ? [
            section(
              `⚠️ *Nobody may judge ${countOf(nobody.length, 'item')}*: ${nobody
                .slice(0, 10)
                .map((item) => `${inline(item.what, 60)} of ${inline(item.who, 60)}`)
                .join('; ')}. Name more security leads in the catalog.`,
            ),
          ]
        : []),
      ...notCoveredBlocks(campaign.notCovered, resourceNames),
    ],
  }
}

function notCoveredBlocks(
  notCovered: OutgoingCampaignMessage['campaign']['notCovered'],
  names: OutgoingCampaignMessage['resourceNames'],
): KnownBlock[] {
  if (notCovered.length === 0) return []
  const lines = notCovered
    .slice(0, 15)
    .map(
      ({ resourceId, because }) =>
        `${inline(names.get(resourceId) ?? resourceId, 75)}: ${inline(because, 160)}`,
    )
  const more = notCovered.length > 15 ? [`and ${notCovered.length - 15} more`] : []
  return [context(`*Standing access is not covered of:*\n${[...lines, ...more].join('\n')}`)]
}

const signConfirm = confirm(
  'Sign off this review?',
  'You say that it is complete. Your name, the time and the counts are recorded.',
  'Sign off',
  'Not yet',
)

function closedMessage({ campaign, items }: OutgoingCampaignMessage): MessageContent {
  const title = `📋 ${campaign.name} · ${campaign.reference} is closed`
  const counts = countItems(items)
  const signed = campaign.signedOff
  return {
    text: `${title}: ${countsText(counts)}`,
    blocks: [
      header(title),
      section(countsText(counts)),
      signed
        ? section(`✍️ Signed off by ${mention(signed.by.userId)}, ${moment(signed.at)}.`)
        : actions(
            button('Sign off', reviewActionIds.signOff, campaign.id, {
              style: 'primary',
              confirm: signConfirm,
            }),
          ),
      context(
        `A security lead signs who decided nothing in it and had nothing in it. All items: ${code(`/audit report review ${campaign.reference}`)}.`,
      ),
    ],
  }
}

/** For the owners: what Daypass does not remove, because it did not give it. */
function removalMessage({
  campaign,
  items,
  message,
  resourceNames,
}: OutgoingCampaignMessage): MessageContent {
  const resourceId = message.kind === 'removal' ? message.resourceId : ''
  const where = inline(resourceNames.get(resourceId) ?? resourceId, 75)
  const left = items.filter((item) => stateOf(item) === 'ending')
  const title = left.length > 0 ? '✋ Please remove by hand' : '✅ Removed'
  const lines = items
    .slice(0, 20)
    .map((item) => `${holderText(item)}: ${inline(item.what, 150)}. ${outcomeText(item)}.`)
  return {
    text: `${title}: ${countOf(left.length, 'access', 'accesses')} on ${where}`,
    blocks: [
      header(`${title} · ${campaign.reference}`),
      section(
        `An access review ended this on *${where}*. Daypass did not give it, so somebody who manages the system has to remove it.`,
      ),
      ...lines.map((line) => section(line)),
      ...(items.length > 20 ? [context(`and ${items.length - 20} more`)] : []),
      ...(left.length > 0
        ? [actions(button('It is removed: look now', reviewActionIds.look, campaign.id))]
        : []),
      context('Daypass asks the system again and again, and says here when it no longer shows it.'),
    ],
  }
}

function messageOf(title: string, text: string): MessageContent {
  return { text: `${title}: ${text}`, blocks: [header(title), section(text)] }
}
