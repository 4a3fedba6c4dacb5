import { DirectoryUnavailable } from '../../../domain/directory.ts'
import type { FieldProblem, RequestField } from '../../../usecases/_shared/field-problem.ts'
import { requestAccess } from '../../../usecases/requests/request-access.ts'
import { refusedSentence, unavailableSentence } from '../../kit/answers.ts'
import { frozenSentence } from '../../kit/freeze.ts'
import { interactionKey } from '../../kit/interaction-key.ts'
import type { FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import type { FilledView, SubmissionPayload } from '../../kit/payload.ts'
import type { FormReply } from '../../kit/reply.ts'
import { clip } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { proofFor } from '../step-up/ask.ts'
import { answerWithStar, submittedSentence, tooManySentence } from './answers.ts'
import { requestForm } from './form.ts'
import { formAfterRefusal, readForm } from './form-state.ts'
import { parameterInputId, requestActionIds, requestInputIds } from './ids.ts'

type FormParts = Pick<FeatureParts, 'ports'>

/** Handles the submitted form. Every answer keeps the typed text. */
export function requestFormListener(parts: FormParts): FormListener {
  return async (submission, reply) => {
    try {
      await submit(parts, submission, reply)
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error
      await showAgain(parts, submission, reply, `⚠️ ${unavailableSentence(error)}`)
    }
  }
}

async function submit(parts: FormParts, submission: SubmissionPayload, reply: FormReply): Promise<void> {
  const { by, view } = submission
  const submissionKey = interactionKey('view', view.id)
  const { responseUrl, start: at, ...typed } = readForm(view)
  const start = at && { at }
  const answer = await requestAccess(parts.ports, { ...typed, start, asker: by, submissionKey })
  switch (answer.kind) {
    case 'submitted':
      if (responseUrl === null)
        return reply.show(
          noticeView('Request access', submittedSentence(answer.history, answer.reachedLimit)),
        )
      await reply.close()
      return reply.answerAt(responseUrl, await answerWithStar(parts, by, answer))
    case 'invalid':
      return reply.errors(errorsBeside(view, answer.problems))
    case 'refused':
      return showAgain(parts, submission, reply, refusedSentence(answer.policy))
    case 'frozen':
      return showAgain(parts, submission, reply, frozenSentence(answer.freeze))
    case 'too_many':
      return showAgain(parts, submission, reply, `⚠️ ${tooManySentence(answer.limit)}`)
    case 'needs_proof':
      return reply.show(await proofFor(parts, submission, answer.intent))
  }
}

async function showAgain(
  parts: FormParts,
  { by, view }: SubmissionPayload,
  reply: FormReply,
  banner: string,
): Promise<void> {
  await reply.show(requestForm(await formAfterRefusal(parts.ports, by, readForm(view), banner)))
}

const inputIds = {
  resource: requestActionIds.resource,
  entitlement: requestActionIds.entitlement,
  duration: requestInputIds.duration,
  start: requestInputIds.start,
  justification: requestInputIds.justification,
  ticket: requestInputIds.ticket,
} as const

function inputOf(field: RequestField): string {
  return field in inputIds
    ? inputIds[field as keyof typeof inputIds]
    : parameterInputId(field.slice('parameter:'.length))
}

/** Messages by block id. A problem of a field that the form does not show yet is shown beside the resource. */
export function errorsBeside(view: FilledView, problems: readonly FieldProblem[]): Record<string, string> {
  const errors: Record<string, string> = {}
  const resourceBlock = view.inputs.get(inputIds.resource)?.blockId ?? 'resource'
  for (const { field, message } of problems) {
    const blockId = view.inputs.get(inputOf(field))?.blockId ?? resourceBlock
    errors[blockId] = clip(errors[blockId] ? `${errors[blockId]} ${message}` : message, 1000)
  }
  return errors
}
