import type { KnownBlock } from '@slack/types'
import { approvalsIn } from '../../../domain/approval-plan.ts'
import { type Catalog, findEntitlement } from '../../../domain/catalog.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { changedLately } from '../../../usecases/_shared/proofs.ts'
import { actionBlocks } from '../../kit/action.ts'
import { approvalBlocks, approvalsOf, progressText } from '../../kit/approvals.ts'
import { assuranceText } from '../../kit/assurance.ts'
import { actions, button, context, header, type MessageContent, section } from '../../kit/blocks.ts'
import { whyThenBlocks } from '../../kit/extension.ts'
import { outcomeBlocks } from '../../kit/outcome.ts'
import { headlineOf, type Phase, phaseOf } from '../../kit/phase.ts'
import { stageValue } from '../../kit/request-id.ts'
import { policyText, termsFields, whatIsAsked, whyBlocks } from '../../kit/terms.ts'
import { mention, moment } from '../../kit/text.ts'
import { stopRunButton } from '../actions/messages.ts'
import { breakGlassMessage, calledOwners } from '../break-glass/messages.ts'
import { preApprovalActionIds } from '../pre-approval/ids.ts'
import { revokeActionId } from '../revoke/ids.ts'
import { decideActionIds } from './ids.ts'

/** The card in the owners' channel: the facts for the decision, and later the outcome. */
export function cardMessage(history: RequestHistory, catalog: Catalog): MessageContent {
  if (history.request.how === 'break_glass') return breakGlassMessage(history, calledOwners(history, catalog))
  const { text, blocks } = factsMessage(history, catalog)
  return { text, blocks: [...blocks, ...buttonBlocks(history, phaseOf(history), catalog)] }
}

/** The card for the sponsor, who need not be in the owners' channel. It has buttons while the request waits. */
export function sponsorCopy(history: RequestHistory, catalog: Catalog): MessageContent {
  return phaseOf(history) === 'pending' ? cardMessage(history, catalog) : toldCopy(history, catalog)
}

/** The card without buttons, for channels that are told. */
export function toldCopy(history: RequestHistory, catalog: Catalog): MessageContent {
  const { text, blocks } = cardMessage(history, catalog)
  return { text, blocks: blocks.filter(({ type }) => type !== 'actions') }
}

function factsMessage(history: RequestHistory, catalog: Catalog): MessageContent {
  const { request } = history
  const phase = phaseOf(history)
  const blocks: KnownBlock[] = [
    header(`${headlineOf(history)} · ${request.reference}`),
    section(askText(history)),
    { type: 'section', fields: termsFields(history) },
    ...changeBlocks(history, catalog),
    ...actionBlocks(history),
    ...whyBlocks(request),
    ...(history.extends ? whyThenBlocks(history.extends) : []),
    context(policyText(request.policy)),
    ...assuranceBlocks(history, phase, catalog),
    ...progressBlocks(history, phase, catalog),
    ...outcomeBlocks(history),
  ]
  return { text: fallback(history), blocks }
}

/** Somebody else may be behind an account that changed lately. */
function changeBlocks({ request, requester }: RequestHistory, catalog: Catalog): KnownBlock[] {
  const { change, changedAt } = requester
  const seen = change && changedAt ? { what: change, at: changedAt } : null
  const lately = changedLately(catalog, seen, request.submittedAt)
  if (!lately) return []
  const what = {
    email: 'The e-mail address of this account changed',
    reactivated: 'This account was deactivated, and is active again',
  }[lately.what]
  return [section(`⚠️ ${what}, ${moment(lately.at)}. Ask the person by another way than Slack.`)]
}

/** By the terms of the request, or by the catalog of now. */
function asksApprovers({ request }: RequestHistory, catalog: Catalog): boolean {
  const { resourceId, entitlementId } = request.asksFor
  const offer = findEntitlement(catalog, resourceId, entitlementId)
  return [request.terms.stepUp, offer?.entitlement.stepUp].some((moments) => moments?.includes('approve'))
}

function askText({ request, requester, extends: extended }: RequestHistory): string {
  const more = extended ? 'more time with ' : ''
  return `${mention(requester.userId)} asks for ${more}${whatIsAsked(request)}`
}

function fallback(history: RequestHistory): string {
  return `${headlineOf(history)} · ${history.request.reference}: ${askText(history)}`
}

/** Those who decide read what the end will be worth. Afterwards the outcome tells what it was worth. */
function assuranceBlocks({ request }: RequestHistory, phase: Phase, catalog: Catalog): KnownBlock[] {
  // Nothing ends where nothing was given.
  if (request.asksFor.kind === 'action') return []
  const assurance = catalog.resources.get(request.asksFor.resourceId)?.connector.assurance
  return assurance && ['pending', 'scheduled', 'active'].includes(phase)
    ? [context(assuranceText(assurance))]
    : []
}

function progressBlocks(history: RequestHistory, phase: Phase, catalog: Catalog): KnownBlock[] {
  if (phase !== 'pending') return []
  return [
    context(
      `*${progressText(history, catalog)}* · expires ${moment(history.request.expiresAt)} if nobody decides`,
    ),
    ...approvalBlocks(history, catalog),
    ...(asksApprovers(history, catalog)
      ? [context('🔑 To approve it, you prove who you are, with a passkey or the company’s sign-in.')]
      : []),
  ]
}

/** A button holds the id of the request, and Approve the stage that the card shows. */
function buttonBlocks(history: RequestHistory, phase: Phase, catalog: Catalog): KnownBlock[] {
  const { request } = history
  const { open, plan } = approvalsOf(history, catalog)
  const stage = open?.index ?? 0
  const isAction = request.asksFor.kind === 'action'
  switch (phase) {
    case 'pending':
      return [
        actions(
          button('Approve', decideActionIds.approve, stageValue(request.id, stage), { style: 'primary' }),
          ...(isAction
            ? []
            : [button('Approve for less…', decideActionIds.approveForLess, stageValue(request.id, stage))]),
          ...(approvalsIn(plan) === 1 && request.asksFor.kind === 'entitlement'
            ? [button('Approve until…', preApprovalActionIds.open, request.id)]
            : []),
          button('Deny…', decideActionIds.deny, request.id, { style: 'danger' }),
        ),
      ]
    case 'running':
      return [actions(stopRunButton(request.id))]
    case 'scheduled':
      return [actions(button('Cancel start…', revokeActionId, request.id, { style: 'danger' }))]
    case 'activating':
    case 'active':
      return [actions(button('Revoke now…', revokeActionId, request.id, { style: 'danger' }))]
    default:
      return []
  }
}
