import { parseReference } from '../../../domain/request.ts'
import { mayPreApprove, type PreApproveField, preApprove } from '../../../usecases/requests/pre-approve.ts'
import { closedAnswer, unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import { requestOfCard } from '../../kit/card-request.ts'
import type { ActionListener, FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import type { CommandPayload, FilledView } from '../../kit/payload.ts'
import type { Reply } from '../../kit/reply.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import { clip } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { proofFor } from '../step-up/ask.ts'
import { notMadeSentence } from './answers.ts'
import { preApproveForm } from './form.ts'
import { preApproveInputIds } from './ids.ts'

type OpenParts = Pick<FeatureParts, 'ports' | 'opener'>

/** Approve until… on the card opens a form, for people who may approve this in advance. */
export function preApproveAction({ ports, opener }: OpenParts): ActionListener {
  return async (click, reply) => {
    await reply.acknowledge()
    const requestId = await requestOfCard(ports, click, reply)
    if (!requestId) return
    const answer = await mayPreApprove(ports, { by: click.by, requestId })
    if (answer.kind === 'may') {
      await opener.open(click.triggerId, preApproveForm(answer), reply)
      return
    }
    if (answer.kind === 'closed') return reply.ephemeral(closedAnswer(answer.history))
    return reply.ephemeral(textMessage(notMadeSentence(answer)))
  }
}

/** `/request-access pre-approve AR-1042` opens the same form for an earlier request. */
export async function openPreApproveLine(
  { ports, opener }: OpenParts,
  { by, triggerId }: CommandPayload,
  typed: string,
  reply: Reply,
): Promise<void> {
  const reference = parseReference(typed)
  const found = reference && (await ports.store.histories.byReference(reference))
  const answer = found ? await mayPreApprove(ports, { by, requestId: found.request.id }) : null
  if (answer?.kind === 'may') {
    await reply.acknowledge()
    await opener.open(triggerId, preApproveForm(answer), reply)
    return
  }
  return reply.ephemeral(textMessage(answer ? notMadeSentence(answer) : unknownReference))
}

const unknownReference =
  'There is no such request that you may approve. Write the reference of a request, such as `/request-access pre-approve AR-1042`.'

/** Handles the submitted form. */
export function preApproveFormListener({ ports }: Pick<FeatureParts, 'ports'>): FormListener {
  return async ({ by, view }, reply) => {
    const requestId = parseRequestId(view.privateMetadata)
    if (!requestId) return reply.show(noticeView('Approve in advance', unknownRequest))
    const value = (id: string) => view.inputs.get(id)?.value ?? ''
    const answer = await preApprove(ports, {
      by,
      requestId,
      lastDay: value(preApproveInputIds.lastDay),
      duration: value(preApproveInputIds.duration),
      reason: value(preApproveInputIds.reason),
    })
    if (answer.kind === 'made') return reply.close()
    if (answer.kind === 'invalid') return reply.errors(errorsBeside(view, answer.problems))
    if (answer.kind === 'needs_proof')
      return reply.show(await proofFor({ ports }, { by, view }, answer.intent))
    return reply.show(noticeView('Not approved', notMadeSentence(answer)))
  }
}

function errorsBeside(
  view: FilledView,
  problems: readonly { readonly field: PreApproveField; readonly message: string }[],
): Record<string, string> {
  const errors: Record<string, string> = {}
  for (const { field, message } of problems) {
    errors[view.inputs.get(preApproveInputIds[field])?.blockId ?? field] = clip(message, 1000)
  }
  return errors
}
