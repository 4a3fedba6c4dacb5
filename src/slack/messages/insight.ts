import type { KnownBlock } from '@slack/types'
import { formatDuration } from '../../domain/duration.ts'
import { type Insight, patchTitle } from '../../domain/insight/insight.ts'
import type { InsightMessage } from '../../domain/messenger.ts'
import { context, header, type MessageContent, section } from '../kit/blocks.ts'
import { clip, code, countOf, inline } from '../kit/text.ts'

/** Each needs three blocks, of 50, and about 900 of 12,000 characters. */
const mostShown = 10

/** The weekly message to owners: what they could change, each with the change to paste. */
export function insightContent({ insights, overSeconds }: InsightMessage): MessageContent {
  const shown = insights.slice(0, mostShown)
  const more = insights.length - shown.length
  const text = `💡 ${countOf(insights.length, 'thing')} you could change, by the last ${formatDuration(overSeconds)}`
  return {
    text,
    blocks: [
      header(text),
      ...shown.flatMap(blocksOf),
      context(
        `${more > 0 ? `${more} more: \`daypass insight\` prints all. ` : ''}Nothing is changed unless you do it. \`daypass check\` reads the result first.`,
      ),
    ],
  }
}

function blocksOf({ resourceId, entitlementId, headline, patch, replay }: Insight): KnownBlock[] {
  return [
    section(
      `*${code(entitlementId)} on ${code(resourceId)}*\n${inline(headline, 300)}. ${patchTitle(patch)}:`,
    ),
    {
      type: 'rich_text',
      elements: [
        { type: 'rich_text_preformatted', elements: [{ type: 'text', text: clip(patch.text, 800) }] },
      ],
    },
    context(`What it would have changed: ${code(replay)}`),
  ]
}
