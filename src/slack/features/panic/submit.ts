import { DirectoryUnavailable } from '../../../domain/directory.ts'
import type { FieldProblem } from '../../../usecases/_shared/field-problem.ts'
import type { FreezeField } from '../../../usecases/_shared/read-freeze-end.ts'
import { makeFreeze } from '../../../usecases/freezes/make-freeze.ts'
import { panic } from '../../../usecases/panic/panic.ts'
import { outdatedButton, unavailableSentence } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import { interactionKey } from '../../kit/interaction-key.ts'
import type { FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import type { FilledView, SubmissionPayload } from '../../kit/payload.ts'
import type { FormReply } from '../../kit/reply.ts'
import { clip } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { proofFor } from '../step-up/ask.ts'
import { begunSentence, frozenAnswer, notThisScopeSentence } from './answers.ts'
import { panicInputIds } from './ids.ts'
import { type PanicMetadata, parsePanicMetadata } from './metadata.ts'

type Submit = (
  parts: Pick<FeatureParts, 'ports'>,
  submission: SubmissionPayload,
  about: PanicMetadata,
  reply: FormReply,
) => Promise<void>

/** Handles the confirmed form of a panic. */
export const panicFormListener = listenerOf('Revoke', submitPanic)

/** Handles the submitted form of a freeze. */
export const freezeFormListener = listenerOf('Freeze', submitFreeze)

function listenerOf(title: string, submit: Submit): (parts: Pick<FeatureParts, 'ports'>) => FormListener {
  return (parts) => async (submission, reply) => {
    const about = parsePanicMetadata(submission.view.privateMetadata)
    if (!about) return reply.show(noticeView(title, outdatedButton))
    try {
      await submit(parts, submission, about, reply)
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error
      await reply.show(noticeView(title, `⚠️ ${unavailableSentence(error)}`))
    }
  }
}

async function submitPanic(
  { ports }: Pick<FeatureParts, 'ports'>,
  { by, view }: SubmissionPayload,
  { scope: named, shown, responseUrl }: PanicMetadata,
  reply: FormReply,
): Promise<void> {
  const isFrozenToo = typedIn(view, panicInputIds.freeze) === 'freeze'
  const answer = await panic(ports, {
    by,
    named,
    reason: typedIn(view, panicInputIds.reason),
    freezeUntil: isFrozenToo ? typedIn(view, panicInputIds.until) : null,
    submissionKey: interactionKey('view', view.id),
  })
  switch (answer.kind) {
    case 'begun':
      await reply.close()
      return reply.answerAt(responseUrl, textMessage(begunSentence(answer.panic, answer.freeze, shown)))
    case 'needs_proof':
      return reply.show(await proofFor({ ports }, { by, view }, answer.intent))
    case 'repeated':
      return reply.show(noticeView('Sent before', 'This was sent before, and is under way.'))
    case 'invalid':
      return reply.errors(errorsBeside(view, answer.problems))
    case 'refused':
    case 'unknown':
      return reply.show(noticeView('Not revoked', notThisScopeSentence(answer)))
  }
}

async function submitFreeze(
  { ports }: Pick<FeatureParts, 'ports'>,
  { by, view }: SubmissionPayload,
  { scope: named, responseUrl }: PanicMetadata,
  reply: FormReply,
): Promise<void> {
  const reason = typedIn(view, panicInputIds.reason)
  const answer = await makeFreeze(ports, { by, named, reason, until: typedIn(view, panicInputIds.until) })
  switch (answer.kind) {
    case 'made':
    case 'kept':
      await reply.close()
      return reply.answerAt(responseUrl, textMessage(frozenAnswer(answer.kind, answer.freeze)))
    case 'invalid':
      return reply.errors(errorsBeside(view, answer.problems))
    case 'refused':
    case 'unknown':
      return reply.show(noticeView('Not frozen', notThisScopeSentence(answer)))
  }
}

function typedIn(view: FilledView, id: string): string {
  return view.inputs.get(id)?.value ?? ''
}

function errorsBeside(
  view: FilledView,
  problems: readonly FieldProblem<FreezeField>[],
): Record<string, string> {
  return Object.fromEntries(
    problems.map(({ field, message }) => [
      view.inputs.get(panicInputIds[field])?.blockId ?? field,
      clip(message, 1000),
    ]),
  )
}
