import type { Button, KnownBlock } from '@slack/types'
import { min } from 'date-fns/min'
import type { BundlePlace } from '../../../domain/bundle-place.ts'
import type { Catalog } from '../../../domain/catalog.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { approvalsOf, missingText, progressText } from '../../kit/approvals.ts'
import { actions, button, context, header, type MessageContent, section } from '../../kit/blocks.ts'
import { bundleName } from '../../kit/bundle.ts'
import { approvedBy, outcomeBlocks } from '../../kit/outcome.ts'
import { headlineOf, labelOf, phaseOf } from '../../kit/phase.ts'
import { stageValue } from '../../kit/request-id.ts'
import { leaseText, requesterFields, riskText, whatInShort, whyBlocks } from '../../kit/terms.ts'
import { countOf, inline, mention, moment } from '../../kit/text.ts'
import { asksApprovers, changeBlocks } from '../decide/card.ts'
import { decideActionIds } from '../decide/ids.ts'
import { revokeActionId } from '../revoke/ids.ts'
import { bundleActionIds } from './ids.ts'
import { partsValue } from './parts-value.ts'

/** The card of several parts that the same owners decide. Each part has its own facts, its own state and its own buttons. */
export function bundleCard(
  together: readonly [RequestHistory, ...RequestHistory[]],
  bundle: BundlePlace,
  catalog: Catalog,
): MessageContent {
  const [first] = together
  const { request, requester } = first
  const asked = `${mention(requester.userId)} asks for ${bundleName(bundle)}: ${countOf(together.length, 'entitlement')} here`
  const headline = `${summaryOf(together)} · ${bundle.name}`
  const blocks: KnownBlock[] = [
    header(headline),
    section(`${asked}${elsewhereText(together, bundle)}`),
    { type: 'section', fields: requesterFields(first) },
    ...changeBlocks(first, catalog),
    ...whyBlocks(request),
    ...together.flatMap((history) => partBlocks(history, catalog, together.length)),
    ...decideAllBlocks(together, catalog),
  ]
  return { text: `${inline(headline)}: ${asked}`, blocks }
}

/** The states of all parts, the open ones first. Of parts in one state: as on the card of a single request. */
function summaryOf(together: readonly [RequestHistory, ...RequestHistory[]]): string {
  const [first] = together
  if (together.every((history) => phaseOf(history) === phaseOf(first))) return headlineOf(first)
  const counts = new Map<string, number>()
  for (const history of together) {
    const label = labelOf(phaseOf(history))
    counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  return [...counts].map(([label, count]) => `${label} ${count}`).join(' · ')
}

function elsewhereText(together: readonly RequestHistory[], bundle: BundlePlace): string {
  const here = new Set(together.map(({ request }) => request.id))
  const others = bundle.requests.filter(({ id }) => !here.has(id)).map(({ reference }) => reference)
  return others.length === 0 ? '.' : `. Not decided here: ${others.join(', ')}.`
}

function partBlocks(history: RequestHistory, catalog: Catalog, ofParts: number): KnownBlock[] {
  const { request } = history
  const phase = phaseOf(history)
  const { environment } = request.terms
  const where = environment === null ? '' : ` (${inline(environment, 16)})`
  const facts =
    `*${request.reference}* · ${whatInShort(request)}${where} · risk ${riskText(request.terms.risk)}\n` +
    `${labelOf(phase)} · ${leaseText(history)}`
  switch (phase) {
    case 'pending':
      return [
        section(facts),
        context(waitingText(history, catalog, ofParts)),
        actions(...decideButtons(history, catalog)),
      ]
    case 'scheduled':
      return [section(facts), ...outcomeLine(history), revokeBlock('Cancel start…', history)]
    case 'activating':
    case 'active':
      return [section(facts), ...outcomeLine(history), revokeBlock('Revoke now…', history)]
    default:
      return [section(facts), ...outcomeLine(history)]
  }
}

/** Short where many parts, at most eight, share one message. `/audit AR-…` has all of it. */
function waitingText(history: RequestHistory, catalog: Catalog, ofParts: number): string {
  const { policy } = history.request
  const by = asksApprovers(history, catalog) ? ' · 🔑 asks for a proof' : ''
  return (
    `*Policy:* ${inline(policy.sentence, ofParts <= 3 ? 160 : 50)}\n` +
    `*${progressText(history, catalog, 3)}* · ${missingText(history, catalog, 3)}${by}`
  )
}

/** Who decided, or what became of it: the first sentence of the outcome, without a typed reason, which the thread has. */
function outcomeLine(history: RequestHistory): KnownBlock[] {
  const { request } = history
  if (request.status === 'approved')
    return [context(`Approved by ${approvedBy(history, 3)}, ${moment(request.closedAt)}`)]
  const [first] = outcomeBlocks(history)
  return first?.type === 'context' ? [{ ...first, elements: first.elements.slice(0, 1) }] : []
}

function revokeBlock(label: string, { request }: RequestHistory): KnownBlock {
  return actions(button(label, revokeActionId, request.id, { style: 'danger' }))
}

function stageOf(history: RequestHistory, catalog: Catalog): number {
  return approvalsOf(history, catalog).open?.index ?? 0
}

function decideButtons(history: RequestHistory, catalog: Catalog): Button[] {
  const { id } = history.request
  const value = stageValue(id, stageOf(history, catalog))
  return [
    button('Approve', decideActionIds.approve, value),
    button('Approve for less…', decideActionIds.approveForLess, value),
    button('Deny…', decideActionIds.deny, id),
  ]
}

/** What waits for a decision, in one click. With one part left, its own buttons do. */
function decideAllBlocks(together: readonly RequestHistory[], catalog: Catalog): KnownBlock[] {
  const pending = together.filter(({ request }) => request.status === 'pending')
  if (pending.length < 2) return []
  const value = partsValue(
    pending.map((history) => ({ requestId: history.request.id, stage: stageOf(history, catalog) })),
  )
  return [
    { type: 'divider' },
    context(
      `Expires ${moment(earliest(pending))} if nobody decides. Each part is decided and ended by itself.`,
    ),
    actions(
      button(`Approve all ${pending.length}`, bundleActionIds.approveAll, value, { style: 'primary' }),
      button(`Deny all ${pending.length}…`, bundleActionIds.denyAll, value, { style: 'danger' }),
    ),
  ]
}

function earliest(pending: readonly RequestHistory[]): Date {
  return min(pending.map(({ request }) => request.expiresAt))
}
