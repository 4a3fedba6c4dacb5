import { DirectoryUnavailable } from '../../../domain/directory.ts'
import type { FieldProblem, RequestField } from '../../../usecases/_shared/field-problem.ts'
import { extendLease } from '../../../usecases/requests/extend-lease.ts'
import { outdatedButton, unavailableSentence } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import { interactionKey } from '../../kit/interaction-key.ts'
import type { FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import type { FilledView, SubmissionPayload } from '../../kit/payload.ts'
import type { FormReply } from '../../kit/reply.ts'
import { clip } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { requestInputIds } from '../request/ids.ts'
import { proofFor } from '../step-up/ask.ts'
import { extensionSubmittedSentence, notExtendedSentence } from './answers.ts'
import { type ExtendMetadata, parseExtendMetadata } from './metadata.ts'

const title = 'More time'

/** Handles the submitted form. */
export function extendFormListener(parts: Pick<FeatureParts, 'ports'>): FormListener {
  return async (submission, reply) => {
    const about = parseExtendMetadata(submission.view.privateMetadata)
    if (!about) return reply.show(noticeView(title, outdatedButton))
    try {
      await submit(parts, submission, about, reply)
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error
      await reply.show(noticeView(title, `⚠️ ${unavailableSentence(error)}`))
    }
  }
}

async function submit(
  { ports }: Pick<FeatureParts, 'ports'>,
  { by, view }: SubmissionPayload,
  { requestId, responseUrl }: ExtendMetadata,
  reply: FormReply,
): Promise<void> {
  const value = (id: string) => view.inputs.get(id)?.value ?? null
  const answer = await extendLease(ports, {
    by,
    requestId,
    duration: value(requestInputIds.duration),
    justification: value(requestInputIds.justification) ?? '',
    ticket: value(requestInputIds.ticket),
    submissionKey: interactionKey('view', view.id),
  })
  switch (answer.kind) {
    case 'submitted': {
      const sentence = extensionSubmittedSentence(answer.history, answer.reachedLimit)
      if (responseUrl === null) return reply.show(noticeView(title, sentence))
      await reply.close()
      return reply.answerAt(responseUrl, textMessage(sentence))
    }
    case 'invalid':
      return reply.errors(errorsBeside(view, answer.problems))
    case 'needs_proof':
      return reply.show(await proofFor({ ports }, { by, view }, answer.intent))
    default:
      return reply.show(noticeView(title, notExtendedSentence(answer)))
  }
}

const inputOf: Readonly<Partial<Record<RequestField, string>>> = {
  duration: requestInputIds.duration,
  justification: requestInputIds.justification,
  ticket: requestInputIds.ticket,
}

/** Messages by block id. A problem of a field that the form does not show is shown beside the reason. */
function errorsBeside(view: FilledView, problems: readonly FieldProblem[]): Record<string, string> {
  const errors: Record<string, string> = {}
  for (const { field, message } of problems) {
    const blockId =
      view.inputs.get(inputOf[field] ?? requestInputIds.justification)?.blockId ?? 'justification'
    errors[blockId] = clip(errors[blockId] ? `${errors[blockId]} ${message}` : message, 1000)
  }
  return errors
}
