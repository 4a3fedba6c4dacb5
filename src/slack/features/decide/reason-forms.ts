import type { Catalog } from '../../../domain/catalog.ts'
import type { FormListener } from '../../edge/listener.ts'
import type { FilledView } from '../../edge/payload.ts'
import type { FormReply } from '../../edge/reply.ts'
import { inputIds } from '../../ids.ts'
import {
  closedSentence,
  overSentence,
  refusedSentence,
  repeatedSentence,
  unknownRequest,
} from '../../kit/answers.ts'
import { parseRequestId } from '../../kit/ids.ts'
import type { SlackUsecases } from '../../slack-usecases.ts'
import { noticeView } from './views.ts'

/** The form that asks why not was sent. */
export function denyFormListener({
  usecases,
  catalog,
}: {
  usecases: Pick<SlackUsecases, 'decideRequest'>
  catalog: Catalog
}): FormListener {
  return async ({ by, view }, reply) => {
    const requestId = parseRequestId(view.privateMetadata)
    if (!requestId) return reply.show(noticeView('Deny', unknownRequest))
    const answer = await usecases.decideRequest({ by, requestId, verdict: 'deny', reason: reasonIn(view) })
    switch (answer.kind) {
      case 'recorded':
        return reply.close()
      case 'repeated':
        return reply.show(noticeView('Already decided', repeatedSentence(answer.story, catalog)))
      case 'closed':
        return reply.show(noticeView('Already decided', closedSentence(answer.story)))
      case 'refused':
        return reply.show(noticeView('Not denied', refusedSentence(answer.policy)))
      case 'invalid':
        return besideReason(reply, view, answer.problems)
      case 'unknown':
        return reply.show(noticeView('Not denied', unknownRequest))
    }
  }
}

/** The form that asks why now was sent. */
export function revokeFormListener({
  usecases,
}: {
  usecases: Pick<SlackUsecases, 'revokeNow'>
}): FormListener {
  return async ({ by, view }, reply) => {
    const requestId = parseRequestId(view.privateMetadata)
    if (!requestId) return reply.show(noticeView('Revoke', unknownRequest))
    const answer = await usecases.revokeNow({ by, requestId, reason: reasonIn(view) })
    switch (answer.kind) {
      case 'revoking':
        return reply.close()
      case 'over':
        return reply.show(noticeView('Already over', overSentence(answer.story)))
      case 'refused':
        return reply.show(noticeView('Not revoked', refusedSentence(answer.policy)))
      case 'invalid':
        return besideReason(reply, view, answer.problems)
      case 'unknown':
        return reply.show(noticeView('Not revoked', unknownRequest))
    }
  }
}

function reasonIn(view: FilledView): string {
  return view.inputs.get(inputIds.reason)?.value ?? ''
}

function besideReason(
  reply: FormReply,
  view: FilledView,
  problems: readonly { message: string }[],
): Promise<void> {
  const blockId = view.inputs.get(inputIds.reason)?.blockId ?? 'reason'
  return reply.errors({ [blockId]: problems.map(({ message }) => message).join(' ') })
}
