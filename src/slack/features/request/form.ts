import type { InputBlock, KnownBlock, ModalView } from '@slack/types'
import type { Entitlement, Resource } from '../../../domain/catalog.ts'
import { formatDuration } from '../../../domain/duration.ts'
import { longestFreeText } from '../../../domain/free-text.ts'
import type { FieldProblem, RequestField } from '../../../usecases/_shared/field-problem.ts'
import { context, section } from '../../kit/blocks.ts'
import { entitlementOption, maxOptions, resourceOption } from '../../kit/options.ts'
import { riskText } from '../../kit/terms.ts'
import { channelLink, countOf, mentionAny, plain } from '../../kit/text.ts'
import { formMetadata } from './form-metadata.ts'
import { requestActionIds, requestInputIds, requestViewId } from './ids.ts'

/** The form as it is to be shown: what is chosen so far, what was typed, and what was wrong with it. */
export interface RequestForm {
  readonly resource: Resource | null
  /** What may be asked for on `resource`. */
  readonly entitlements: readonly Entitlement[]
  readonly entitlement: Entitlement | null
  readonly duration: string | null
  readonly justification: string
  readonly ticket: string | null
  /** Whether a policy looks at the ticket. */
  readonly ticketMatters: boolean
  readonly problems: readonly FieldProblem[]
  /** Our own words above everything; escaped where they quote. */
  readonly banner: string | null
  /** Where the person is answered who sends the form: the response URL of the command or click that opened it. */
  readonly responseUrl: string | null
}

export const emptyForm: RequestForm = {
  resource: null,
  entitlements: [],
  entitlement: null,
  duration: null,
  justification: '',
  ticket: null,
  ticketMatters: false,
  problems: [],
  banner: null,
  responseUrl: null,
}

/** Fields appear as what they depend on is chosen. */
export function requestForm(form: RequestForm): ModalView {
  const { resource, entitlement } = form
  return {
    type: 'modal',
    callback_id: requestViewId,
    private_metadata: formMetadata({ resourceId: resource?.id ?? null, responseUrl: form.responseUrl }),
    title: plain('Request access'),
    submit: plain('Send request'),
    close: plain('Cancel'),
    blocks: [
      ...(form.banner === null ? [] : [section(form.banner)]),
      resourceInput(form),
      ...problemsOf(form, 'resource'),
      ...(resource ? [entitlementInput(form, resource)] : []),
      ...problemsOf(form, 'entitlement'),
      ...(resource && entitlement
        ? [context(whoIsAsked(resource, entitlement)), durationInput(form, entitlement)]
        : []),
      ...problemsOf(form, 'duration'),
      justificationInput(form),
      ...problemsOf(form, 'justification'),
      ...(entitlement && takesTicket(form, entitlement) ? [ticketInput(form, entitlement)] : []),
      ...problemsOf(form, 'ticket'),
    ],
  }
}

/** The same id in every drawing, so that what is chosen stays chosen. */
function resourceInput({ resource }: RequestForm): InputBlock {
  return {
    type: 'input',
    block_id: 'resource',
    dispatch_action: true,
    label: plain('What system?'),
    element: {
      type: 'external_select',
      action_id: requestActionIds.resource,
      min_query_length: 0,
      placeholder: plain('Type to search'),
      ...(resource ? { initial_option: resourceOption(resource) } : {}),
    },
  }
}

/** Another id for another resource: what was chosen on one system means nothing on the next. */
function entitlementInput({ entitlements, entitlement }: RequestForm, resource: Resource): InputBlock {
  const shared = {
    action_id: requestActionIds.entitlement,
    placeholder: plain('Choose what you need'),
    ...(entitlement ? { initial_option: entitlementOption(entitlement) } : {}),
  }
  return {
    type: 'input',
    block_id: blockId('entitlement', resource.id),
    dispatch_action: true,
    label: plain('What do you need there?'),
    element:
      entitlements.length > maxOptions || entitlements.length === 0
        ? { type: 'external_select', min_query_length: 0, ...shared }
        : { type: 'static_select', options: entitlements.map(entitlementOption), ...shared },
  }
}

/** Another id for another entitlement, so that its own default stands there. */
function durationInput({ duration }: RequestForm, entitlement: Entitlement): InputBlock {
  const longest = formatDuration(entitlement.maxDurationSeconds)
  return {
    type: 'input',
    block_id: blockId('duration', `${entitlement.resourceId} ${entitlement.id}`),
    label: plain('For how long?'),
    hint: plain(`Up to ${longest}, from when access is open. Write 45m, 2h or 1h30m.`),
    element: {
      type: 'plain_text_input',
      action_id: requestInputIds.duration,
      initial_value: typed(duration ?? formatDuration(entitlement.defaultDurationSeconds), 40),
      max_length: 40,
    },
  }
}

function justificationInput({ justification, entitlement }: RequestForm): InputBlock {
  const least = entitlement?.justification.minLength ?? 0
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

function takesTicket({ ticket, ticketMatters }: RequestForm, entitlement: Entitlement): boolean {
  const { required, pattern } = entitlement.ticket
  return ticketMatters || required || pattern !== null || ticket !== null
}

function ticketInput({ ticket }: RequestForm, entitlement: Entitlement): InputBlock {
  const { pattern, example, required } = entitlement.ticket
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

/** Who will be asked, and how many of them must agree. True also where a rule approves by itself. */
function whoIsAsked(resource: Resource, entitlement: Entitlement): string {
  const { approvers, channel } = resource.owners
  const named = approvers.slice(0, 10).map(mentionAny).join(', ')
  const more = approvers.length > 10 ? ` and ${approvers.length - 10} more` : ''
  return (
    `Asks ${named}${more} in ${channelLink(channel)} · ${countOf(entitlement.approvals, 'approval')} needed, ` +
    `unless a rule approves it at once · risk ${riskText(entitlement.risk)}`
  )
}

/** What was wrong, beneath its field: somebody's typing may be quoted in it, so nothing in it is parsed. */
function problemsOf({ problems }: RequestForm, field: RequestField): KnownBlock[] {
  return problems
    .filter((problem) => problem.field === field)
    .map(({ message }) => ({ type: 'context', elements: [plain(`⚠️ ${message}`)] }))
}

/** What somebody typed, put back into the field. Cut before it is made whole: no half of a surrogate pair is sent. */
function typed(text: string, longest: number): string {
  return text.slice(0, longest).replaceAll('\0', '').toWellFormed()
}

function blockId(what: string, id: string): string {
  return `${what}:${id}`.slice(0, 255)
}
