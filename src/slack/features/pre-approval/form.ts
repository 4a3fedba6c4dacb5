import type { ModalView } from '@slack/types'
import type { Entitlement } from '../../../domain/catalog.ts'
import { formatDuration } from '../../../domain/duration.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { context, section } from '../../kit/blocks.ts'
import { whatIsAsked, whyBlocks } from '../../kit/terms.ts'
import { mention, plain } from '../../kit/text.ts'
import { preApproveInputIds, preApproveViewId } from './ids.ts'

export interface PreApproveForm {
  readonly history: RequestHistory
  readonly entitlement: Entitlement
  /** The last instant that the pre-approval can be good for. */
  readonly latest: Date
}

/** Asks an approver until when, for how long each time, and why. */
export function preApproveForm({ history, entitlement, latest }: PreApproveForm): ModalView {
  const { request, requester } = history
  const who = mention(requester.userId)
  const longest = formatDuration(entitlement.maxDurationSeconds)
  const first = Math.min(request.durationSeconds, entitlement.maxDurationSeconds)
  const asked = request.status === 'pending' ? `This approves ${request.reference} too. ` : ''
  return {
    type: 'modal',
    callback_id: preApproveViewId,
    private_metadata: request.id,
    title: plain('Approve in advance', 24),
    submit: plain('Approve in advance', 24),
    close: plain('Back'),
    blocks: [
      section(`${who} may take ${whatIsAsked(request)} until the day that you choose, without asking again.`),
      context(
        `${asked}Each use is recorded as a request and a lease of its own, and your channel sees it. ` +
          'You can withdraw this at any time: `/request-access pre-approvals`.',
      ),
      ...whyBlocks(request),
      {
        type: 'input',
        block_id: 'lastDay',
        label: plain('Until the end of which day?'),
        hint: plain(`In your time zone. At the latest ${latest.toISOString().slice(0, 10)}.`),
        element: { type: 'datepicker', action_id: preApproveInputIds.lastDay },
      },
      {
        type: 'input',
        block_id: 'duration',
        label: plain('How long each time, at the most?'),
        hint: plain(`Up to ${longest}. Write 45m, 2h or 1h30m.`),
        element: {
          type: 'plain_text_input',
          action_id: preApproveInputIds.duration,
          initial_value: formatDuration(first),
          max_length: 40,
        },
      },
      {
        type: 'input',
        block_id: 'reason',
        label: plain('Why in advance?'),
        hint: plain('The person, the owners and the auditors read this.'),
        element: {
          type: 'plain_text_input',
          action_id: preApproveInputIds.reason,
          multiline: true,
          max_length: 500,
        },
      },
    ],
  }
}
