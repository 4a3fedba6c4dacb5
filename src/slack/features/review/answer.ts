import { type Campaign, type CampaignView, countItems } from '../../../domain/campaign.ts'
import type { AccountKey } from '../../../usecases/_shared/person.ts'
import { closeReviewNow } from '../../../usecases/reviews/close-review.ts'
import { seeReviews } from '../../../usecases/reviews/see-reviews.ts'
import { startReview } from '../../../usecases/reviews/start-review.ts'
import { context, type MessageContent, section, textMessage } from '../../kit/blocks.ts'
import { code, countOf, inline, mention, moment } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import type { ReviewLine } from './line.ts'
import { countsText, ruleText } from './words.ts'

const onlyLeads = textMessage('⛔ Only security leads may start, see and close access reviews.')

/** The answer to `/audit review ...`, for security leads. */
export async function reviewAnswer(
  { ports }: Pick<FeatureParts, 'ports'>,
  by: AccountKey,
  line: ReviewLine,
): Promise<MessageContent> {
  switch (line.kind) {
    case 'help':
      return help()
    case 'start': {
      const answer = await startReview(ports, { by, name: line.name })
      if (answer.kind === 'refused') return onlyLeads
      if (answer.kind === 'unknown_review') return unknownReview(answer.known)
      const { reference, name, dueAt } = answer.campaign
      return textMessage(
        `🔎 ${reference} has begun: ${inline(name, 75)}, until ${moment(dueAt)}. Daypass collects what people have, and asks those who answer for it. The security channel shows how far it is.`,
      )
    }
    case 'close': {
      const answer = await closeReviewNow(ports, { by, reference: line.reference })
      if (answer.kind === 'refused') return onlyLeads
      if (answer.kind === 'unknown') return noSuchReview(line.reference)
      const { reference, undecided } = answer.campaign
      return textMessage(
        answer.kind === 'closing'
          ? `${reference} is being closed. What nobody has decided ${undecidedText[undecided]}.`
          : `${reference} is closed already, or is being closed.`,
      )
    }
    case 'list':
    case 'show': {
      const seen = await seeReviews(ports, { by, reference: line.kind === 'show' ? line.reference : null })
      if (seen.kind === 'refused') return onlyLeads
      if (seen.kind === 'unknown') return noSuchReview(line.kind === 'show' ? line.reference : '')
      return seen.kind === 'list' ? listText(seen.campaigns) : shownReview(seen.view)
    }
  }
}

const undecidedText = { keep: 'stays', end: 'ends', escalate: 'stays undecided' } as const

function help(): MessageContent {
  const text = 'Access reviews: what people have is looked at, one item at a time.'
  return {
    text,
    blocks: [
      section(text),
      section(
        '`/audit review` the reviews\n' +
          '`/audit review start` reviews everything\n' +
          '`/audit review start quarterly` starts a review of the catalog\n' +
          '`/audit review show RV-3` how far one is\n' +
          '`/audit review close RV-3` closes one now, as at its deadline\n' +
          '`/audit report review RV-3` every item, with its decision, its last use and its proof',
      ),
    ],
  }
}

function unknownReview(known: readonly string[]): MessageContent {
  const names = known.length > 0 ? known.slice(0, 20).map(code).join(', ') : 'none'
  return textMessage(
    `The catalog names no such review. It names: ${names}. \`/audit review start\` alone reviews everything.`,
  )
}

function noSuchReview(reference: string): MessageContent {
  return textMessage(`There is no review ${code(reference)}. \`/audit review\` lists them.`)
}

function listText(campaigns: readonly Campaign[]): MessageContent {
  if (campaigns.length === 0)
    return textMessage('There was no access review yet. `/audit review start` begins one.')
  const lines = campaigns.map(
    (campaign) => `*${campaign.reference}* ${inline(campaign.name, 75)} · ${stateText(campaign)}`,
  )
  return {
    text: countOf(campaigns.length, 'access review'),
    blocks: [section(lines.join('\n')), context('`/audit review show RV-3` says more.')],
  }
}

function stateText({ startedAt, dueAt, closedAt, signedOff }: Campaign): string {
  if (signedOff) return `signed off by ${mention(signedOff.by.userId)}, ${moment(signedOff.at)}`
  if (closedAt) return `closed ${moment(closedAt)}, not signed off`
  return `open since ${moment(startedAt)}, until ${moment(dueAt)}`
}

function shownReview({ campaign, items }: CampaignView): MessageContent {
  const title = `*${campaign.reference}* ${inline(campaign.name, 75)} · ${stateText(campaign)}`
  const counts = campaign.collectedAt ? countsText(countItems(items)) : 'What people have is being collected.'
  return {
    text: title,
    blocks: [
      section(title),
      section(counts),
      ...(campaign.closedAt ? [] : [context(ruleText(campaign))]),
      context(`Every item: ${code(`/audit report review ${campaign.reference}`)}`),
    ],
  }
}
