import type { KnownBlock, ModalView } from '@slack/types'
import { approvalsIn } from '../../../domain/approval-plan.ts'
import type { Entitlement } from '../../../domain/catalog.ts'
import {
  type AssessedBundle,
  type AssessedPart,
  isLeftOut,
  nameOfPart,
} from '../../../usecases/_shared/assess-bundle.ts'
import type { FieldProblem } from '../../../usecases/_shared/field-problem.ts'
import { context, section } from '../../kit/blocks.ts'
import { frozenSentence } from '../../kit/freeze.ts'
import { bundleOption } from '../../kit/options.ts'
import { riskText } from '../../kit/terms.ts'
import { channelLink, countOf, inline, plain } from '../../kit/text.ts'
import {
  durationInput,
  justificationInput,
  problemsOf,
  resourceInput,
  startInput,
  ticketInput,
} from '../request/form-inputs.ts'
import { bundleMetadata } from './form-metadata.ts'
import { bundleValue, bundleViewId } from './ids.ts'

/** The form of a bundle: its parts as they are judged now, and the typed text. */
export interface BundleForm {
  readonly assessed: AssessedBundle
  readonly duration: string | null
  readonly start: Date | null
  readonly justification: string
  readonly ticket: string | null
  readonly ticketMatters: boolean
  readonly problems: readonly FieldProblem[]
  /** Text of Daypass above all fields, in mrkdwn. */
  readonly banner: string | null
  readonly responseUrl: string | null
}

/** The person reads which parts are left out, and why, before anything is sent. */
export function bundleForm(form: BundleForm): ModalView {
  const { assessed, problems } = form
  const { bundle, parts } = assessed
  const leftOut = parts.filter(isLeftOut)
  const asked = parts.length - leftOut.length
  return {
    type: 'modal',
    callback_id: bundleViewId,
    private_metadata: bundleMetadata({
      resourceId: bundleValue(bundle.id),
      responseUrl: form.responseUrl,
      leftOut: leftOut.map(nameOfPart),
    }),
    title: plain('Request access'),
    submit: plain(asked === parts.length ? 'Send request' : `Send ${asked} of ${parts.length}`, 24),
    close: plain('Cancel'),
    blocks: [
      ...(form.banner === null ? [] : [section(form.banner)]),
      resourceInput(bundleOption(bundle, bundleValue(bundle.id))),
      ...problemsOf(problems, 'resource'),
      ...(bundle.description === null ? [] : [context(inline(bundle.description, 200))]),
      ...parts.map(partBlock),
      context(sentText(asked, leftOut.length)),
      durationInput(form.duration, bundle.id, bundle),
      ...problemsOf(problems, 'duration'),
      startInput(form.start),
      ...problemsOf(problems, 'start'),
      justificationInput(form.justification, leastJustification(parts)),
      ...problemsOf(problems, 'justification'),
      ...ticketBlocks(form, parts),
      ...problemsOf(problems, 'ticket'),
      ...problemsOf(problems, 'entitlement'),
    ],
  }
}

function sentText(asked: number, leftOut: number): string {
  if (asked === 0) return '⛔ No part can be asked for now, so nothing will be sent.'
  const left = leftOut === 0 ? '' : ` ${countOf(leftOut, 'part')} ${leftOut === 1 ? 'is' : 'are'} left out.`
  return `Each part is a request of its own: its owners decide it, and it ends by itself.${left}`
}

function partBlock(part: AssessedPart): KnownBlock {
  return section(partText(part))
}

/** "✅ *Read orders* on *Orders database* (production)", and who decides it or why it is left out. */
function partText({ resource, entitlement, outcome }: AssessedPart): string {
  const where = resource.environment === null ? '' : ` (${inline(resource.environment, 32)})`
  const what = `*${inline(entitlement.name, 64)}* on *${inline(resource.name, 64)}*${where}`
  const left = (why: string) => `⛔ ${what}\nLeft out: ${why}`
  switch (outcome.kind) {
    case 'permitted':
    case 'invalid': {
      const isByRule = outcome.kind === 'permitted' && outcome.assessed.selfServe !== null
      const who = isByRule
        ? 'a rule approves it'
        : `asks ${channelLink(resource.owners.channel)} · ${countOf(approvalsIn(entitlement.approvals), 'approval')}`
      return `✅ ${what}\n${who} · risk ${riskText(entitlement.risk)}`
    }
    case 'refused':
      return left(inline(outcome.policy.sentence, 300))
    case 'frozen':
      return left(frozenSentence(outcome.freeze))
    case 'needs_proof':
      return left('it asks for a proof of who you are, which is for one request. Ask for it by itself.')
  }
}

function leastJustification(parts: readonly AssessedPart[]): number {
  return Math.max(0, ...parts.map(({ entitlement }) => entitlement.justification.minLength))
}

/** One ticket for all parts. The first part that says how a ticket looks says it in the hint. */
function ticketBlocks({ ticket, ticketMatters }: BundleForm, parts: readonly AssessedPart[]): KnownBlock[] {
  const rules = parts.filter((part) => !isLeftOut(part)).map(({ entitlement }) => entitlement.ticket)
  const required = rules.some((rule) => rule.required)
  const shown = rules.find((rule) => rule.required) ?? rules.find((rule) => rule.pattern !== null)
  if (!shown && !ticketMatters && ticket === null) return []
  const none: Entitlement['ticket'] = { pattern: null, example: null, required: false }
  return [ticketInput(ticket, { ...(shown ?? none), required })]
}
