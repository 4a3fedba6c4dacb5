import type { KnownBlock, SectionBlock } from '@slack/types'
import type { RequestHistory } from '../../domain/request-history.ts'
import { revokeActionId } from '../features/revoke/ids.ts'
import { button, context, header, type MessageContent, section } from '../kit/blocks.ts'
import { approvedBy } from '../kit/outcome.ts'
import { labelOf, phaseOf } from '../kit/phase.ts'
import { leaseText, whatInShort } from '../kit/terms.ts'
import { countOf, mention } from '../kit/text.ts'

/** One message for the owners about all leases of a day that nobody was asked about. */
export function sharedNoticeMessage(together: readonly RequestHistory[]): MessageContent {
  const count = countOf(together.length, 'lease')
  const open = together.filter(isOpen).length
  const text = `🟢 Access without asking: ${count}, ${open} open now`
  const blocks: KnownBlock[] = [
    header(text),
    ...together.map(row),
    context(
      'Nobody had to be asked: a rule or a pre-approval allowed it. `/audit AR-…` shows the reason and the whole history.',
    ),
  ]
  return { text, blocks }
}

function row(history: RequestHistory): SectionBlock {
  const { request, requester } = history
  const text =
    `*${request.reference}* · ${mention(requester.userId)} · ${whatInShort(request)}\n` +
    `${labelOf(phaseOf(history))} · ${leaseText(history)} · approved by ${approvedBy(history)}`
  const isScheduled = phaseOf(history) === 'scheduled'
  if (!isOpen(history) && !isScheduled) return section(text)
  const revoke = button(isScheduled ? 'Cancel start…' : 'Revoke now…', revokeActionId, request.id, {
    style: 'danger',
  })
  return { ...section(text), accessory: revoke }
}

function isOpen(history: RequestHistory): boolean {
  const phase = phaseOf(history)
  return phase === 'activating' || phase === 'active'
}
