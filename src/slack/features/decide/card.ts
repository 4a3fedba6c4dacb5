import type { KnownBlock } from '@slack/types'
import { approvalsIn } from '../../../domain/approval-plan.ts'
import type { Catalog } from '../../../domain/catalog.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { approvalBlocks, approvalsOf, progressText } from '../../kit/approvals.ts'
import { assuranceText } from '../../kit/assurance.ts'
import { actions, button, context, header, type MessageContent, section } from '../../kit/blocks.ts'
import { outcomeBlocks } from '../../kit/outcome.ts'
import { headlineOf, type Phase, phaseOf } from '../../kit/phase.ts'
import { stageValue } from '../../kit/request-id.ts'
import { policyText, termsFields, whatIsAsked, whyBlocks } from '../../kit/terms.ts'
import { mention, moment } from '../../kit/text.ts'
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
  const { request, requester } = history
  const phase = phaseOf(history)
  const blocks: KnownBlock[] = [
    header(`${headlineOf(history)} · ${request.reference}`),
    section(`${mention(requester.userId)} asks for ${whatIsAsked(request)}`),
    { type: 'section', fields: termsFields(history) },
    ...whyBlocks(request),
    context(policyText(request.policy)),
    ...assuranceBlocks(history, phase, catalog),
    ...progressBlocks(history, phase, catalog),
    ...outcomeBlocks(history),
  ]
  return { text: fallback(history), blocks }
}

function fallback(history: RequestHistory): string {
  const { request, requester } = history
  return `${headlineOf(history)} · ${request.reference}: ${mention(requester.userId)} asks for ${whatIsAsked(request)}`
}

/** Those who decide read what the end will be worth. Afterwards the outcome tells what it was worth. */
function assuranceBlocks({ request }: RequestHistory, phase: Phase, catalog: Catalog): KnownBlock[] {
  const assurance = catalog.resources.get(request.asksFor.resourceId)?.connector.assurance
  return assurance && (phase === 'pending' || phase === 'active') ? [context(assuranceText(assurance))] : []
}

function progressBlocks(history: RequestHistory, phase: Phase, catalog: Catalog): KnownBlock[] {
  if (phase !== 'pending') return []
  return [
    context(
      `*${progressText(history, catalog)}* · expires ${moment(history.request.expiresAt)} if nobody decides`,
    ),
    ...approvalBlocks(history, catalog),
  ]
}

/** A button holds the id of the request, and Approve the stage that the card shows. */
function buttonBlocks(history: RequestHistory, phase: Phase, catalog: Catalog): KnownBlock[] {
  const { request } = history
  const { open, plan } = approvalsOf(history, catalog)
  const stage = open?.index ?? 0
  switch (phase) {
    case 'pending':
      return [
        actions(
          button('Approve', decideActionIds.approve, stageValue(request.id, stage), { style: 'primary' }),
          button('Approve for less…', decideActionIds.approveForLess, stageValue(request.id, stage)),
          ...(approvalsIn(plan) === 1
            ? [button('Approve until…', preApprovalActionIds.open, request.id)]
            : []),
          button('Deny…', decideActionIds.deny, request.id, { style: 'danger' }),
        ),
      ]
    case 'activating':
    case 'active':
      return [actions(button('Revoke now…', revokeActionId, request.id, { style: 'danger' }))]
    default:
      return []
  }
}
