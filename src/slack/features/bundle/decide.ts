import type { ModalView } from '@slack/types'
import type { RequestHistory } from '../../../domain/request-history.ts'
import {
  type BundleVerdict,
  type DecidedPart,
  decideBundle,
} from '../../../usecases/bundles/decide-bundle.ts'
import { mayDecide } from '../../../usecases/requests/decide-request.ts'
import { closedSentence, outdatedButton, refusedSentence } from '../../kit/answers.ts'
import { section, textMessage } from '../../kit/blocks.ts'
import { bundleName } from '../../kit/bundle.ts'
import { requestOfCard } from '../../kit/card-request.ts'
import type { ActionListener, FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import type { ActionPayload } from '../../kit/payload.ts'
import { reasonForm, showReasonErrors, typedReason } from '../../kit/reason-form.ts'
import type { Reply } from '../../kit/reply.ts'
import { whatIsAsked, whyBlocks } from '../../kit/terms.ts'
import { countOf, mention } from '../../kit/text.ts'
import { frozenDecisionSentence } from '../decide/answers.ts'
import type { FeatureParts } from '../feature.ts'
import { denyAllViewId } from './ids.ts'
import { parsePartsValue, partsValue } from './parts-value.ts'

type DecideParts = Pick<FeatureParts, 'ports' | 'opener'>

/** Approve all: one verdict on every part that the card showed as waiting. The card shows the result; the person reads what was left. */
export function approveAllAction({ ports }: DecideParts): ActionListener {
  return async (click, reply) => {
    const parts = await partsOfCard({ ports }, click, reply)
    if (!parts) return
    const decided = await decideBundle(ports, { by: click.by, verdict: 'approve', reason: null, parts })
    const left = leftSentences(decided)
    if (left.length === 0) return reply.acknowledge()
    const counted = decided.length - left.length
    const first = `${countOf(counted, 'part')} of ${decided.length} approved by you.`
    await reply.ephemeral(textMessage([first, ...left].join('\n• ')))
  }
}

/** Deny all… opens a form for the reason, for people who may decide at least one of the parts. */
export function denyAllAction({ ports, opener }: DecideParts): ActionListener {
  return async (click, reply) => {
    await reply.acknowledge()
    const parts = await partsOfCard({ ports }, click, reply)
    if (!parts) return
    const answers = await Promise.all(
      parts.map(({ requestId }) => mayDecide(ports, { by: click.by, requestId, verdict: 'deny' })),
    )
    const may = answers.flatMap((answer) => (answer.kind === 'may' ? [answer.history] : []))
    const [first, ...others] = may
    if (first) {
      await opener.open(click.triggerId, denyAllForm([first, ...others]), reply)
      return
    }
    const [refused] = answers.flatMap((answer) => (answer.kind === 'refused' ? [answer.policy] : []))
    const [closed] = answers.flatMap((answer) => (answer.kind === 'closed' ? [answer.history] : []))
    const why = refused ? refusedSentence(refused) : closed ? closedSentence(closed) : outdatedButton
    await reply.ephemeral(textMessage(why))
  }
}

function denyAllForm(may: readonly [RequestHistory, ...RequestHistory[]]): ModalView {
  const [{ request, requester, bundle }] = may
  const what = may.map((one) => `• ${one.request.reference} ${whatIsAsked(one.request)}`)
  const name = bundle ? bundleName(bundle) : 'several entitlements'
  return reasonForm({
    callbackId: denyAllViewId,
    title: `Deny ${countOf(may.length, 'request')}`,
    submit: 'Deny all',
    requestId: partsValue(may.map((one) => ({ requestId: one.request.id, stage: 0 }))),
    about: [
      section(`${mention(requester.userId)} asks for ${name}:\n${what.join('\n')}`),
      ...whyBlocks(request),
    ],
    label: 'Why not?',
    hint: 'The requester and the auditors read this.',
  })
}

/** Handles the submitted form with the reason. */
export function denyAllListener({ ports }: Pick<FeatureParts, 'ports'>): FormListener {
  return async ({ by, view }, reply) => {
    const shown = parsePartsValue(view.privateMetadata)
    if (!shown) return reply.show(noticeView('Not denied', outdatedButton))
    // A denial counts in every stage.
    const parts = shown.map(({ requestId }) => ({ requestId, stage: null }))
    const verdict: BundleVerdict = { by, verdict: 'deny', reason: typedReason(view), parts }
    const decided = await decideBundle(ports, verdict)
    const [problems] = decided.flatMap(({ answer }) => (answer.kind === 'invalid' ? [answer.problems] : []))
    if (problems) return showReasonErrors(reply, view, problems)
    const left = leftSentences(decided)
    if (left.length === 0) return reply.close()
    const first = `${countOf(decided.length - left.length, 'part')} of ${decided.length} denied by you.`
    await reply.show(noticeView('Not all denied', [first, ...left].join('\n• ')))
  }
}

/** The parts in the button, if Daypass posted the card. Otherwise the person is told so, and the result is null. */
async function partsOfCard(
  { ports }: Pick<FeatureParts, 'ports'>,
  click: ActionPayload,
  reply: Reply,
): Promise<BundleVerdict['parts'] | null> {
  const parts = parsePartsValue(click.value)
  if (!parts) {
    await reply.ephemeral(textMessage(outdatedButton))
    return null
  }
  for (const { requestId } of parts)
    if ((await requestOfCard(ports, { ...click, value: requestId }, reply)) === null) return null
  return parts
}

/** Why parts were not decided by this click. */
function leftSentences(decided: readonly DecidedPart[]): string[] {
  return decided.flatMap(({ answer }) => leftSentence(answer) ?? [])
}

function leftSentence(answer: DecidedPart['answer']): string | null {
  switch (answer.kind) {
    case 'recorded':
      return null
    case 'repeated':
      return `${answer.history.request.reference}: you decided it before.`
    case 'closed':
      return closedSentence(answer.history)
    case 'moved_on':
    case 'not_needed':
      return `${answer.history.request.reference}: another approval is missing now. Please look at the card again.`
    case 'refused':
      return `${answer.history.request.reference}: ${refusedSentence(answer.policy)}`
    case 'frozen':
      return `${answer.history.request.reference}: ${frozenDecisionSentence(answer.freeze)}`
    case 'needs_proof':
      return 'One part asks for a proof of who you are. Press its own button, because a proof is for one request.'
    case 'invalid':
      return answer.problems.map(({ message }) => message).join(' ')
    case 'unknown':
      return 'One part was not found.'
  }
}
