import type { Catalog } from '../../../domain/catalog.ts'
import { DirectoryUnavailable } from '../../../domain/ports.ts'
import type { FieldProblem, RequestField } from '../../../usecases/field-problem.ts'
import type { FormListener } from '../../edge/listener.ts'
import type { FilledView, SubmissionPayload } from '../../edge/payload.ts'
import type { FormReply } from '../../edge/reply.ts'
import { actionIds, inputIds } from '../../ids.ts'
import {
  refusedSentence,
  submittedSentence,
  submittedWordsFor,
  tooManySentence,
  unavailableSentence,
} from '../../kit/answers.ts'
import { interactionKey } from '../../kit/interaction-key.ts'
import { clip } from '../../kit/text.ts'
import type { SlackUsecases } from '../../slack-usecases.ts'
import { noticeView } from '../decide/views.ts'
import { requestForm } from './form.ts'
import { formAgain, readForm } from './form-state.ts'

export interface RequestFormParts {
  readonly usecases: Pick<SlackUsecases, 'requestAccess' | 'listRequestable'>
  readonly catalog: Catalog
}

/** The request form was sent. Whatever the answer, nothing that was typed is lost. */
export function requestFormListener(parts: RequestFormParts): FormListener {
  return async (submission, reply) => {
    try {
      await submit(parts, submission, reply)
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error
      await showAgain(parts, submission, reply, `⚠️ ${unavailableSentence(error)}`)
    }
  }
}

async function submit(
  parts: RequestFormParts,
  submission: SubmissionPayload,
  reply: FormReply,
): Promise<void> {
  const { by, view } = submission
  const submissionKey = interactionKey('view', view.id)
  const { responseUrl, ...typed } = readForm(view)
  const answer = await parts.usecases.requestAccess({ ...typed, asker: by, submissionKey })
  switch (answer.kind) {
    case 'submitted':
      if (responseUrl === null)
        return reply.show(noticeView('Request access', submittedSentence(answer.story)))
      await reply.close()
      return reply.answerAt(responseUrl, submittedWordsFor(answer.story))
    case 'invalid':
      return reply.errors(errorsBeside(view, answer.problems))
    case 'refused':
      return showAgain(parts, submission, reply, refusedSentence(answer.policy))
    case 'too_many':
      return showAgain(parts, submission, reply, `⚠️ ${tooManySentence(answer.limit)}`)
  }
}

async function showAgain(
  parts: RequestFormParts,
  { by, view }: SubmissionPayload,
  reply: FormReply,
  banner: string,
): Promise<void> {
  await reply.show(requestForm(await formAgain(parts, by, readForm(view), banner)))
}

const inputOf: Readonly<Record<RequestField, string>> = {
  resource: actionIds.formResource,
  entitlement: actionIds.formEntitlement,
  duration: inputIds.duration,
  justification: inputIds.justification,
  ticket: inputIds.ticket,
}

/** By block id. What concerns a field that the form does not show yet stands beside the resource. */
function errorsBeside(view: FilledView, problems: readonly FieldProblem[]): Record<string, string> {
  const errors: Record<string, string> = {}
  for (const { field, message } of problems) {
    const blockId = view.inputs.get(inputOf[field])?.blockId ?? 'resource'
    errors[blockId] = clip(errors[blockId] ? `${errors[blockId]} ${message}` : message, 1000)
  }
  return errors
}
