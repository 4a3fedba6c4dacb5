import type { InputBlock, KnownBlock, ModalView } from '@slack/types'
import type { ActionTemplate } from '../../../domain/action.ts'
import { approvalsIn } from '../../../domain/approval-plan.ts'
import type { Entitlement, Resource } from '../../../domain/catalog.ts'
import { formatDuration } from '../../../domain/duration.ts'
import { longestFreeText } from '../../../domain/free-text.ts'
import type { Freeze } from '../../../domain/freeze.ts'
import type { PreApprovalWithPeople } from '../../../domain/request-history.ts'
import type { FieldProblem, RequestField } from '../../../usecases/_shared/field-problem.ts'
import type { Requestable } from '../../../usecases/requests/list-requestable.ts'
import { assuranceText } from '../../kit/assurance.ts'
import { context, section } from '../../kit/blocks.ts'
import { frozenSentence } from '../../kit/freeze.ts'
import { entitlementOption, maxOptions, resourceOption } from '../../kit/options.ts'
import { riskText, whoConfirms } from '../../kit/terms.ts'
import { channelLink, countOf, inline, mentionAny, moment, plain } from '../../kit/text.ts'
import { formMetadata } from './form-metadata.ts'
import { requestActionIds, requestInputIds, requestViewId } from './ids.ts'
import { parameterInput } from './parameter-inputs.ts'
import { emergencyBlocks, preApprovedBlocks } from './without-asking.ts'

/** The content of the form: choices, typed text and problems. */
export interface RequestForm {
  readonly resource: Resource | null
  /** The entitlements of `resource` that the person may request. */
  readonly entitlements: readonly Entitlement[]
  readonly entitlement: Entitlement | null
  readonly duration: string | null
  /** The planned start. Null: as soon as it is approved. */
  readonly start: Date | null
  readonly justification: string
  readonly ticket: string | null
  /** Of an action: the values as typed, by the names of its parameters. */
  readonly parameters: Readonly<Record<string, string>>
  /** No lease of this person goes beyond it. Null: there is no limit. */
  readonly accessEnds: Requestable['accessEnds']
  /** Whether a policy looks at the ticket. */
  readonly ticketMatters: boolean
  /** The login that the access needs and that nobody has confirmed yet. */
  readonly missingLogin: { readonly name: string; readonly sponsorUserId: string | null } | null
  /** Whether this person may take the entitlement at once in an emergency. */
  readonly inEmergency: boolean
  /** The pre-approval of this person for the entitlement. Null: there is none. */
  readonly preApproved: PreApprovalWithPeople | null
  /** Nothing is granted to this person on the resource now. */
  readonly freeze: Freeze | null
  readonly problems: readonly FieldProblem[]
  /** Text of Daypass above all fields, in mrkdwn. The caller escapes every quoted name. */
  readonly banner: string | null
  /** The response URL of the command or click that opened the form. The answer goes there. */
  readonly responseUrl: string | null
}

export const emptyForm: RequestForm = {
  resource: null,
  entitlements: [],
  entitlement: null,
  duration: null,
  start: null,
  justification: '',
  ticket: null,
  parameters: {},
  accessEnds: null,
  ticketMatters: false,
  missingLogin: null,
  inEmergency: false,
  preApproved: null,
  freeze: null,
  problems: [],
  banner: null,
  responseUrl: null,
}

/** A field appears after the choice that it depends on. */
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
      ...(form.freeze ? [section(frozenSentence(form.freeze))] : []),
      ...(resource ? [entitlementInput(form, resource)] : []),
      ...problemsOf(form, 'entitlement'),
      ...(resource && entitlement
        ? [
            ...preApprovedBlocks(form),
            context(whoIsAsked(resource, entitlement)),
            ...(entitlement.action
              ? actionInputs(form, entitlement, entitlement.action)
              : [
                  ...endOf(resource),
                  ...missingLoginOf(form),
                  ...accessEndsOf(form),
                  durationInput(form, entitlement),
                ]),
          ]
        : []),
      ...problemsOf(form, 'duration'),
      ...(resource && entitlement && !entitlement.action ? [startInput(form)] : []),
      ...problemsOf(form, 'start'),
      justificationInput(form),
      ...problemsOf(form, 'justification'),
      ...(entitlement && takesTicket(form, entitlement) ? [ticketInput(form, entitlement)] : []),
      ...problemsOf(form, 'ticket'),
      ...emergencyBlocks(form),
    ],
  }
}

/** An action is run once. It takes values instead of a time. */
function actionInputs(
  form: RequestForm,
  entitlement: Entitlement,
  { parameters }: ActionTemplate,
): KnownBlock[] {
  return [
    context(
      `This is run once, as soon as it is approved and at the latest ${formatDuration(entitlement.maxDurationSeconds)} later. You get no access.`,
    ),
    ...parameters.flatMap((parameter) => [
      parameterInput(entitlement, parameter, form.parameters[parameter.name] ?? ''),
      ...problemsOf(form, `parameter:${parameter.name}`),
    ]),
  ]
}

/** Said to every contractor, because the lease starts only when somebody has approved. */
function accessEndsOf({ accessEnds }: RequestForm): KnownBlock[] {
  if (!accessEnds) return []
  const what =
    accessEnds.engagement && accessEnds.engagement.endsAt <= accessEnds.at
      ? 'your engagement ends'
      : 'your guest account ends'
  return [context(`No access lasts longer than until ${what} on ${moment(accessEnds.at)}.`)]
}

/** The id never changes, so that Slack keeps the choice when the form is replaced. */
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

/** The id depends on the resource, so that Slack drops the choice for another resource. */
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

/** The id depends on the entitlement, so that Slack shows the default of that entitlement. */
function durationInput({ duration }: RequestForm, entitlement: Entitlement): InputBlock {
  const longest = formatDuration(entitlement.maxDurationSeconds)
  return {
    type: 'input',
    block_id: blockId('duration', `${entitlement.resourceId} ${entitlement.id}`),
    label: plain('For how long?'),
    hint: plain(`Up to ${longest}. Write 45m, 2h or 1h30m.`),
    element: {
      type: 'plain_text_input',
      action_id: requestInputIds.duration,
      initial_value: typed(duration ?? formatDuration(entitlement.defaultDurationSeconds), 40),
      max_length: 40,
    },
  }
}

/** Slack shows it in the zone of the reader, and gives seconds since 1970. */
function startInput({ start }: RequestForm): InputBlock {
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

/** The approvers, and the number of approvals. Also true when a rule approves the request. */
function whoIsAsked(resource: Resource, entitlement: Entitlement): string {
  const { approvers } = entitlement
  const { channel } = resource.owners
  const named = approvers.slice(0, 10).map(mentionAny).join(', ')
  const more = approvers.length > 10 ? ` and ${approvers.length - 10} more` : ''
  return (
    `Asks ${named}${more} in ${channelLink(channel)} · ${countOf(approvalsIn(entitlement.approvals), 'approval')} needed, ` +
    `unless a rule approves it at once · risk ${riskText(entitlement.risk)}`
  )
}

/** How the access will end, and what that will be worth. */
function endOf({ connector }: Resource): KnownBlock[] {
  return connector.assurance ? [context(assuranceText(connector.assurance))] : []
}

/** The request can be sent: its access waits until somebody has confirmed the login. */
function missingLoginOf({ missingLogin }: RequestForm): KnownBlock[] {
  if (!missingLogin) return []
  const { name, sponsorUserId } = missingLogin
  return [
    context(
      `⚠️ Nobody has confirmed your ${inline(name)} yet. ${whoConfirms(sponsorUserId)} You can send the request now; after the approval, the access waits for it.`,
    ),
  ]
}

/** Problems below their field, as plain text, because they may quote typed text. */
function problemsOf({ problems }: RequestForm, field: RequestField): KnownBlock[] {
  return problems
    .filter((problem) => problem.field === field)
    .map(({ message }) => ({ type: 'context', elements: [plain(`⚠️ ${message}`)] }))
}

/** Typed text for the field again. Cuts first, then repairs a surrogate pair that the cut broke. */
function typed(text: string, longest: number): string {
  return text.slice(0, longest).replaceAll('\0', '').toWellFormed()
}

/** At most 255 characters: https://docs.slack.dev/reference/block-kit/blocks/input-block */
function blockId(what: string, id: string): string {
  return `${what}:${id}`.slice(0, 255)
}
