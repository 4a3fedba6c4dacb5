import { DirectoryUnavailable } from '../../../domain/directory.ts'
import { requestBundle } from '../../../usecases/bundles/request-bundle.ts'
import { outdatedButton, unavailableSentence } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import { frozenSentence } from '../../kit/freeze.ts'
import { interactionKey } from '../../kit/interaction-key.ts'
import type { FormListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import type { SubmissionPayload } from '../../kit/payload.ts'
import type { FormReply } from '../../kit/reply.ts'
import type { FeatureParts } from '../feature.ts'
import { readForm } from '../request/form-state.ts'
import { errorsBeside } from '../request/submit.ts'
import { bundleSubmitted, noSuchBundle, tooManyParts } from './answers.ts'
import { bundleForm } from './form.ts'
import { parseBundleMetadata } from './form-metadata.ts'
import { bundleFormFor, type TypedBundleForm } from './form-state.ts'
import { bundleOfValue } from './ids.ts'

type FormParts = Pick<FeatureParts, 'ports'>

/** Handles the submitted form of a bundle. Every answer keeps the typed text. */
export function bundleFormListener(parts: FormParts): FormListener {
  return async (submission, reply) => {
    const carried = parseBundleMetadata(submission.view.privateMetadata)
    const bundleId = carried && bundleOfValue(carried.resourceId)
    if (!carried || bundleId === null) return reply.show(noticeView('Request access', outdatedButton))
    const typed: TypedBundleForm = {
      ...readForm(submission.view),
      bundleId,
      responseUrl: carried.responseUrl,
    }
    try {
      await submit(parts, submission, { typed, toldLeftOut: carried.leftOut }, reply)
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error
      // Without Slack's answer nobody knows what this person may ask for, so the form cannot be shown again.
      await reply.errors({ justification: unavailableSentence(error) })
    }
  }
}

async function submit(
  parts: FormParts,
  submission: SubmissionPayload,
  { typed, toldLeftOut }: { typed: TypedBundleForm; toldLeftOut: readonly string[] },
  reply: FormReply,
): Promise<void> {
  const { by, view } = submission
  const { responseUrl, start: at, bundleId, duration, justification, ticket } = typed
  const answer = await requestBundle(parts.ports, {
    ...{ asker: by, bundleId, duration, justification, ticket, toldLeftOut },
    start: at && { at },
    submissionKey: interactionKey('view', view.id),
  })
  const showAgain = (banner: string) => showForm(parts, submission, typed, reply, banner)
  switch (answer.kind) {
    case 'submitted': {
      const text = bundleSubmitted(answer.histories, answer.leftOut)
      if (responseUrl === null) return reply.show(noticeView('Request access', text))
      await reply.close()
      return reply.answerAt(responseUrl, textMessage(text))
    }
    case 'invalid':
      return reply.errors(errorsBeside(view, answer.problems))
    case 'tell_first':
      return showAgain('⚠️ Not all of it can be asked for. Look at the parts again; nothing was sent yet.')
    case 'refused':
      return showAgain('⛔ No part of it can be asked for now. Nothing was sent.')
    case 'frozen':
      return showAgain(frozenSentence(answer.freeze))
    case 'too_many':
      return showAgain(tooManyParts(answer.limit, answer.parts))
    case 'unknown':
      return reply.show(noticeView('Request access', noSuchBundle))
  }
}

async function showForm(
  { ports }: FormParts,
  { by }: SubmissionPayload,
  typed: TypedBundleForm,
  reply: FormReply,
  banner: string,
): Promise<void> {
  const form = await bundleFormFor(ports, by, typed, { banner })
  await reply.show(form ? bundleForm(form) : noticeView('Request access', noSuchBundle))
}
