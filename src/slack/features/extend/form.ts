import type { InputBlock, KnownBlock, ModalView } from '@slack/types'
import { formatDuration } from '../../../domain/duration.ts'
import { longestFreeText } from '../../../domain/free-text.ts'
import type { FieldProblem, RequestField } from '../../../usecases/_shared/field-problem.ts'
import type { MayExtendAnswer } from '../../../usecases/requests/extend-lease.ts'
import { section } from '../../kit/blocks.ts'
import { whatIsAsked } from '../../kit/terms.ts'
import { moment, plain } from '../../kit/text.ts'
import { requestInputIds } from '../request/ids.ts'
import { extendViewId } from './ids.ts'
import { extendMetadata } from './metadata.ts'

export type ExtendableLease = Extract<MayExtendAnswer, { kind: 'may' }>

/** The typed text so far, with the problems of each field. */
export interface ExtendForm {
  readonly duration: string | null
  readonly justification: string
  readonly ticket: string | null
  readonly problems: readonly FieldProblem[]
  /** Whether a policy looks at the ticket. */
  readonly ticketMatters: boolean
  readonly responseUrl: string | null
}

/** Asks the holder of a lease how much longer, and why. */
export function extendForm(extendable: ExtendableLease, form: ExtendForm): ModalView {
  const { history, lease } = extendable
  const { request } = history
  const problems = (field: RequestField) => problemsOf(form, field)
  return {
    type: 'modal',
    callback_id: extendViewId,
    private_metadata: extendMetadata({ requestId: request.id, responseUrl: form.responseUrl }),
    title: plain(`Extend ${request.reference}`, 24),
    submit: plain('Ask for more time'),
    close: plain('Cancel'),
    blocks: [
      section(
        `You have ${whatIsAsked(request)} until ${moment(lease.endsAt)}. More time needs the same approvals as the access itself.`,
      ),
      durationInput(extendable, form),
      ...problems('duration'),
      reasonInput(form),
      ...problems('justification'),
      ...(takesTicket(extendable, form) ? [ticketInput(extendable, form)] : []),
      ...problems('ticket'),
    ],
  }
}

function durationInput({ entitlement, longest }: ExtendableLease, { duration }: ExtendForm): InputBlock {
  const first = Math.min(entitlement.defaultDurationSeconds, longest.seconds)
  return {
    type: 'input',
    block_id: 'duration',
    label: plain('How much longer?'),
    hint: plain(`Up to ${formatDuration(longest.seconds)} more, from the present end. Write 30m or 1h.`),
    element: {
      type: 'plain_text_input',
      action_id: requestInputIds.duration,
      initial_value: typed(duration ?? formatDuration(first), 40),
      max_length: 40,
    },
  }
}

function reasonInput({ justification }: ExtendForm): InputBlock {
  return {
    type: 'input',
    block_id: 'justification',
    label: plain('Why do you need more time?'),
    hint: plain('The approvers read this, and the reason that you gave first.'),
    element: {
      type: 'plain_text_input',
      action_id: requestInputIds.justification,
      multiline: true,
      max_length: longestFreeText,
      ...(justification === '' ? {} : { initial_value: typed(justification, longestFreeText) }),
    },
  }
}

function takesTicket({ entitlement }: ExtendableLease, { ticket, ticketMatters }: ExtendForm): boolean {
  const { required, pattern } = entitlement.ticket
  return ticketMatters || required || pattern !== null || ticket !== null
}

function ticketInput({ entitlement, history }: ExtendableLease, { ticket }: ExtendForm): InputBlock {
  const { example, required } = entitlement.ticket
  const first = ticket ?? history.request.ticket
  return {
    type: 'input',
    block_id: 'ticket',
    optional: !required,
    label: plain('Ticket'),
    ...(example === null ? {} : { hint: plain(`For example ${example}.`) }),
    element: {
      type: 'plain_text_input',
      action_id: requestInputIds.ticket,
      max_length: 100,
      ...(first ? { initial_value: typed(first, 100) } : {}),
    },
  }
}

/** Problems below their field, as plain text, because they may quote typed text. */
function problemsOf({ problems }: ExtendForm, field: RequestField): KnownBlock[] {
  return problems
    .filter((problem) => problem.field === field)
    .map(({ message }) => ({ type: 'context', elements: [plain(`⚠️ ${message}`)] }))
}

/** Typed text for the field again. Cuts first, then repairs a surrogate pair that the cut broke. */
function typed(text: string, longest: number): string {
  return text.slice(0, longest).replaceAll('\0', '').toWellFormed()
}
