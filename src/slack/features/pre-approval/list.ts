import type { KnownBlock, SectionBlock } from '@slack/types'
import { formatDuration } from '../../../domain/duration.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { listPreApprovals, type PreApprovalList } from '../../../usecases/requests/list-pre-approvals.ts'
import { withdrawPreApproval } from '../../../usecases/requests/withdraw-pre-approval.ts'
import { refusedAnswer, unknownRequest } from '../../kit/answers.ts'
import { button, confirm, context, type MessageContent, section, textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import type { CommandPayload } from '../../kit/payload.ts'
import type { Reply } from '../../kit/reply.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import { whatInShort } from '../../kit/terms.ts'
import { code, countOf, inline, mention, moment } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { preApprovalActionIds } from './ids.ts'

/** A message has at most 50 blocks: https://docs.slack.dev/reference/block-kit/blocks */
const mostRows = 15
/** Slack refuses messages of about 13,200 characters, and documents no limit: https://github.com/slackapi/bolt-js/issues/2509 */
const longestRows = 4_500

/** `/request-access pre-approvals`: the own ones, and those that this person may withdraw. */
export async function listPreApprovalsLine(
  { ports }: Pick<FeatureParts, 'ports'>,
  { by }: CommandPayload,
  resourceId: string | null,
  reply: Reply,
): Promise<void> {
  return reply.ephemeral(preApprovalList(await listPreApprovals(ports, by, resourceId)))
}

export function preApprovalList({ own, others }: PreApprovalList): MessageContent {
  const text = `${countOf(own.length, 'pre-approval')} of yours, ${others.length} of other people`
  const shownOwn = fitting(own.map((history) => row(history, false)))
  const shown = fitting(others.map((history) => row(history, true)))
  const hidden = own.length + others.length - shownOwn.length - shown.length
  const blocks: KnownBlock[] = [
    section('*Your pre-approvals*'),
    ...shownOwn,
    ...(own.length === 0
      ? [context('You have none. An owner can make one with *Approve until…* on the card.')]
      : []),
    section('*Pre-approvals of other people*'),
    ...shown,
    ...(others.length === 0 ? [context('There are none that you may see.')] : []),
    ...(hidden > 0
      ? [context(`${hidden} more: name a system, such as \`/request-access pre-approvals orders-db\`.`)]
      : []),
  ]
  return { text, blocks }
}

/** The first rows that fit. */
function fitting(rows: readonly SectionBlock[]): SectionBlock[] {
  let left = longestRows
  return rows.slice(0, mostRows).filter((row) => {
    left -= row.text?.text.length ?? 0
    return left >= 0
  })
}

function row({ request, requester, madePreApproval }: RequestHistory, mayWithdraw: boolean): SectionBlock {
  if (!madePreApproval) return section(code(request.reference))
  const { reference, maker, goodThrough, maxDurationSeconds, reason } = madePreApproval
  const who = mayWithdraw ? `${mention(requester.userId)} · ` : ''
  const text =
    `*${reference}* · ${who}${whatInShort(request)} · up to ${formatDuration(maxDurationSeconds)} each time, until ${moment(goodThrough)}\n` +
    `by ${mention(maker.userId)}, from ${request.reference}: ${inline(reason, 60)}`
  if (!mayWithdraw) return section(text)
  const withdraw = button('Withdraw', preApprovalActionIds.withdraw, request.id, { confirm: withdrawConfirm })
  return { ...section(text), accessory: withdraw }
}

const withdrawConfirm = confirm(
  'Withdraw this pre-approval?',
  'The person has to ask again from now on. Access that is open stays open; you can take it back with Revoke now.',
  'Withdraw',
  'Keep it',
  'danger',
)

/** Withdraw, in the list. The list is then shown again. */
export function withdrawAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const requestId = parseRequestId(value)
    const answer = requestId ? await withdrawPreApproval(ports, { by, requestId }) : null
    if (!answer || answer.kind === 'unknown') return reply.ephemeral(textMessage(unknownRequest))
    if (answer.kind === 'refused') return reply.ephemeral(refusedAnswer(answer.policy))
    return reply.replace(preApprovalList(await listPreApprovals(ports, by)))
  }
}
