import { DirectoryUnavailable } from '../../../domain/directory.ts'
import { breakGlass } from '../../../usecases/requests/break-glass.ts'
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
import { notTakenSentence, takenSentence } from './answers.ts'
import { breakGlassInputIds } from './ids.ts'
import { type BreakGlassMetadata, parseBreakGlassMetadata } from './metadata.ts'

const title = 'Break glass'

/** Handles the submitted form. */
export function breakGlassFormListener(parts: Pick<FeatureParts, 'ports'>): FormListener {
  return async (submission, reply) => {
    const about = parseBreakGlassMetadata(submission.view.privateMetadata)
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
  { resourceId, entitlementId, responseUrl }: BreakGlassMetadata,
  reply: FormReply,
): Promise<void> {
  const answer = await breakGlass(ports, {
    asker: by,
    resourceId,
    entitlementId,
    duration: typedIn(view, requestInputIds.duration),
    justification: typedIn(view, requestInputIds.justification) ?? '',
    ticket: null,
    confirmed: typedIn(view, breakGlassInputIds.confirm) === 'confirmed',
    submissionKey: interactionKey('view', view.id),
  })
  switch (answer.kind) {
    case 'taken': {
      const sentence = takenSentence(answer.history)
      if (responseUrl === null) return reply.show(noticeView(title, sentence))
      await reply.close()
      return reply.answerAt(responseUrl, textMessage(sentence))
    }
    case 'invalid':
      return reply.errors(errorsBeside(view, answer.problems))
    case 'needs_proof':
      return reply.show(await proofFor({ ports }, { by, view }, answer.intent))
    case 'refused':
    case 'not_offered':
    case 'review_open':
    case 'frozen':
      return reply.show(noticeView(title, notTakenSentence(answer)))
  }
}

function typedIn(view: FilledView, actionId: string): string | null {
  return view.inputs.get(actionId)?.value ?? null
}

const inputOf: Readonly<Record<string, string>> = {
  duration: requestInputIds.duration,
  justification: requestInputIds.justification,
  confirmed: breakGlassInputIds.confirm,
}

/** Messages by block id. A problem without a field of its own is shown beside the confirmation. */
function errorsBeside(
  view: FilledView,
  problems: readonly { readonly field: string; readonly message: string }[],
): Record<string, string> {
  const errors: Record<string, string> = {}
  for (const { field, message } of problems) {
    const blockId = view.inputs.get(inputOf[field] ?? breakGlassInputIds.confirm)?.blockId ?? 'confirm'
    errors[blockId] = clip(errors[blockId] ? `${errors[blockId]} ${message}` : message, 1000)
  }
  return errors
}
