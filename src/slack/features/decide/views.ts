import type { KnownBlock, ModalView } from '@slack/types'
import type { RequestStory } from '../../../domain/story.ts'
import { inputIds, viewIds } from '../../ids.ts'
import { context, section } from '../../kit/blocks.ts'
import { leaseWords, whatIsAsked, whyBlocks } from '../../kit/terms.ts'
import { mention, plain } from '../../kit/text.ts'

/** A sentence or three; the use-case takes more, a channel should not have to read it. */
const longestReason = 500

/** Says something and has nothing to send. `words` are our own, or escaped. */
export function noticeView(title: string, words: string): ModalView {
  return {
    type: 'modal',
    callback_id: viewIds.notice,
    title: plain(title, 24),
    close: plain('Close'),
    blocks: [section(words)],
  }
}

/** Asks an approver why not. */
export function denyForm(story: RequestStory): ModalView {
  const { request, requester } = story
  return reasonForm({
    callbackId: viewIds.deny,
    title: `Deny ${request.reference}`,
    submit: 'Deny',
    requestId: request.id,
    about: [
      section(`${mention(requester.userId)} asks for ${whatIsAsked(request)}, ${leaseWords(story)}.`),
      ...whyBlocks(request),
    ],
    label: 'Why not?',
    hint: 'The requester reads this, and so does anybody who audits.',
  })
}

/** Asks why access is taken back before its time. */
export function revokeForm(story: RequestStory): ModalView {
  const { request, requester } = story
  return reasonForm({
    callbackId: viewIds.revoke,
    title: `Revoke ${request.reference}`,
    submit: 'Revoke now',
    requestId: request.id,
    about: [
      section(`${mention(requester.userId)} has ${whatIsAsked(request)}, ${leaseWords(story)}.`),
      context(
        'Open sessions are cut and the login is removed at once. This cannot be undone; it can be asked for again.',
      ),
    ],
    label: 'Why now?',
    hint: 'The holder reads this, and so does anybody who audits.',
  })
}

interface ReasonForm {
  readonly callbackId: string
  readonly title: string
  readonly submit: string
  readonly requestId: string
  readonly about: KnownBlock[]
  readonly label: string
  readonly hint: string
}

function reasonForm({ callbackId, title, submit, requestId, about, label, hint }: ReasonForm): ModalView {
  return {
    type: 'modal',
    callback_id: callbackId,
    private_metadata: requestId,
    title: plain(title, 24),
    submit: plain(submit, 24),
    close: plain('Back'),
    blocks: [
      ...about,
      {
        type: 'input',
        block_id: 'reason',
        label: plain(label),
        hint: plain(hint),
        element: {
          type: 'plain_text_input',
          action_id: inputIds.reason,
          multiline: true,
          max_length: longestReason,
        },
      },
    ],
  }
}
