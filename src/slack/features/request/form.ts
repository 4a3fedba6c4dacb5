import type { InputBlock, KnownBlock, ModalView } from '@slack/types'
import type { ActionTemplate } from '../../../domain/action.ts'
import { approvalsIn } from '../../../domain/approval-plan.ts'
import type { Entitlement, Resource } from '../../../domain/catalog.ts'
import { formatDuration } from '../../../domain/duration.ts'
import type { Freeze } from '../../../domain/freeze.ts'
import type { PreApprovalWithPeople } from '../../../domain/request-history.ts'
import type { FieldProblem } from '../../../usecases/_shared/field-problem.ts'
import type { Requestable } from '../../../usecases/requests/list-requestable.ts'
import { assuranceText } from '../../kit/assurance.ts'
import { context, section } from '../../kit/blocks.ts'
import { frozenSentence } from '../../kit/freeze.ts'
import { entitlementOption, maxOptions, resourceOption } from '../../kit/options.ts'
import { riskText, whoConfirms } from '../../kit/terms.ts'
import { channelLink, countOf, inline, mentionAny, moment, plain } from '../../kit/text.ts'
import {
  blockId,
  durationInput,
  justificationInput,
  problemsOf,
  resourceInput,
  startInput,
  ticketInput,
} from './form-inputs.ts'
import { formMetadata } from './form-metadata.ts'
import { requestActionIds, requestViewId } from './ids.ts'
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
  /** Opened from a message: the reason is its text, in which the ticket may stand. */
  readonly aboutMessage: boolean
  /** A favourite was chosen in place of a resource just now. */
  readonly byFavourite: boolean
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
  aboutMessage: false,
  byFavourite: false,
}

/** A field appears after the choice that it depends on. */
export function requestForm(form: RequestForm): ModalView {
  const { resource, entitlement } = form
  return {
    type: 'modal',
    callback_id: requestViewId,
    private_metadata: formMetadata({
      resourceId: resource?.id ?? null,
      responseUrl: form.responseUrl,
      aboutMessage: form.aboutMessage,
    }),
    title: plain('Request access'),
    submit: plain('Send request'),
    close: plain('Cancel'),
    blocks: [
      ...(form.banner === null ? [] : [section(form.banner)]),
      resourceInput(resource && resourceOption(resource), form.byFavourite),
      ...problemsOf(form.problems, 'resource'),
      ...(form.freeze ? [section(frozenSentence(form.freeze))] : []),
      ...(resource ? [entitlementInput(form, resource)] : []),
      ...problemsOf(form.problems, 'entitlement'),
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
                  durationInput(form.duration, `${entitlement.resourceId} ${entitlement.id}`, entitlement),
                ]),
          ]
        : []),
      ...problemsOf(form.problems, 'duration'),
      ...(resource && entitlement && !entitlement.action ? [startInput(form.start)] : []),
      ...problemsOf(form.problems, 'start'),
      justificationInput(form.justification, entitlement?.justification.minLength ?? 0),
      ...problemsOf(form.problems, 'justification'),
      ...(entitlement && takesTicket(form, entitlement)
        ? [ticketInput(form.ticket, entitlement.ticket)]
        : []),
      ...problemsOf(form.problems, 'ticket'),
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
      ...problemsOf(form.problems, `parameter:${parameter.name}`),
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

function takesTicket({ ticket, ticketMatters }: RequestForm, entitlement: Entitlement): boolean {
  const { required, pattern } = entitlement.ticket
  return ticketMatters || required || pattern !== null || ticket !== null
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
