import type { InputBlock, KnownBlock, PlainTextOption } from '@slack/types'
import type { Entitlement } from '../../../domain/catalog.ts'
import { formatDuration } from '../../../domain/duration.ts'
import { longestFreeText } from '../../../domain/free-text.ts'
import type { FieldProblem, RequestField } from '../../../usecases/_shared/field-problem.ts'
import { plain } from '../../kit/text.ts'
import { requestActionIds, requestInputIds } from './ids.ts'

// The inputs that the form for one entitlement and the form for a bundle share.

/**
 * The id does not change, so that Slack keeps the choice when the form is replaced. But a favourite that was chosen here is
 * replaced by its resource.
 */
export function resourceInput(chosen: PlainTextOption | null, byFavourite = false): InputBlock {
  return {
    type: 'input',
    block_id: byFavourite ? 'resource:favourite' : 'resource',
    dispatch_action: true,
    label: plain('What system?'),
    element: {
      type: 'external_select',
      action_id: requestActionIds.resource,
      min_query_length: 0,
      placeholder: plain('Type to search'),
      ...(chosen ? { initial_option: chosen } : {}),
    },
  }
}

/** The id depends on what is chosen, so that Slack shows the default of that. */
export function durationInput(
  duration: string | null,
  chosen: string,
  limits: Pick<Entitlement, 'defaultDurationSeconds' | 'maxDurationSeconds'>,
): InputBlock {
  const longest = formatDuration(limits.maxDurationSeconds)
  return {
    type: 'input',
    block_id: blockId('duration', chosen),
    label: plain('For how long?'),
    hint: plain(`Up to ${longest}. Write 45m, 2h or 1h30m.`),
    element: {
      type: 'plain_text_input',
      action_id: requestInputIds.duration,
      initial_value: typed(duration ?? formatDuration(limits.defaultDurationSeconds), 40),
      max_length: 40,
    },
  }
}

/** Slack shows it in the zone of the reader, and gives seconds since 1970. */
export function startInput(start: Date | null): InputBlock {
  return {
    type: 'input',
    block_id: 'start',
    optional: true,
    label: plain('Start'),
    hint: plain(
      'Leave it empty to start as soon as it is approved. With a start, the time counts from there.',
    ),
    element: {
      type: 'datetimepicker',
      action_id: requestInputIds.start,
      ...(start ? { initial_date_time: Math.floor(start.getTime() / 1000) } : {}),
    },
  }
}

/** `least`: the characters that it must have. */
export function justificationInput(justification: string, least: number): InputBlock {
  return {
    type: 'input',
    block_id: 'justification',
    label: plain('Why do you need it?'),
    hint: plain(
      least > 1 ? `The approvers read this. At least ${least} characters.` : 'The approvers read this.',
    ),
    element: {
      type: 'plain_text_input',
      action_id: requestInputIds.justification,
      multiline: true,
      max_length: longestFreeText,
      ...(justification === '' ? {} : { initial_value: typed(justification, longestFreeText) }),
    },
  }
}

export function ticketInput(
  ticket: string | null,
  { pattern, example, required }: Entitlement['ticket'],
): InputBlock {
  const unshown = pattern === null ? null : 'The reference as your tracker writes it.'
  const hint = example === null ? unshown : `For example ${example}.`
  return {
    type: 'input',
    block_id: 'ticket',
    optional: !required,
    label: plain('Ticket'),
    ...(hint === null ? {} : { hint: plain(hint) }),
    element: {
      type: 'plain_text_input',
      action_id: requestInputIds.ticket,
      max_length: 100,
      ...(ticket ? { initial_value: typed(ticket, 100) } : {}),
    },
  }
}

/** Problems below their field, as plain text, because they may quote typed text. */
export function problemsOf(problems: readonly FieldProblem[], field: RequestField): KnownBlock[] {
  return problems
    .filter((problem) => problem.field === field)
    .map(({ message }) => ({ type: 'context', elements: [plain(`⚠️ ${message}`)] }))
}

/** Typed text for the field again. Cuts first, then repairs a surrogate pair that the cut broke. */
function typed(text: string, longest: number): string {
  return text.slice(0, longest).replaceAll('\0', '').toWellFormed()
}

/** At most 255 characters: https://docs.slack.dev/reference/block-kit/blocks/input-block */
export function blockId(what: string, id: string): string {
  return `${what}:${id}`.slice(0, 255)
}
