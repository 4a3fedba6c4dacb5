import type { Button, KnownBlock } from '@slack/types'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { isOutputKept } from '../../../domain/run.ts'
import { problemBlocks, runOutcomeBlocks, undoneText, unknownText } from '../../kit/action.ts'
import { actions, button, confirm, context, type MessageContent, section } from '../../kit/blocks.ts'
import { approvedBy } from '../../kit/outcome.ts'
import { whatIsAsked } from '../../kit/terms.ts'
import { inline, mention, moment } from '../../kit/text.ts'
import { againValue } from '../request/again-value.ts'
import { requestActionIds } from '../request/ids.ts'
import { actionsActionIds } from './ids.ts'

/** For the requester, when the run is over. Edited when its output is no longer kept, or more is known. */
export function requesterRunMessage(history: RequestHistory, now: Date): MessageContent {
  const { request, run } = history
  const what = whatIsAsked(request)
  const ref = request.reference
  switch (run?.status) {
    case undefined:
    case 'waiting':
    case 'running':
      return withBlocks(`⏳ ${ref}: ${what} is being run.`, [])
    case 'done': {
      const keptUntil = run.output?.keptUntil ?? null
      return withBlocks(`✅ ${ref}: ${what} was run, ${moment(run.endedAt)}. ${inline(run.summary, 300)}`, [
        ...(isOutputKept(run, now) && keptUntil
          ? [
              actions(showOutputButton(request.id, { style: 'primary' })),
              context(`Only you see the output. It is kept until ${moment(keptUntil)}.`),
            ]
          : []),
      ])
    }
    case 'failed':
    case 'lapsed':
    case 'cancelled':
      return withBlocks(`🔴 ${ref}: ${what} was approved. ${undoneText[run.status]}.`, [
        ...problemBlocks('The reason:', run.failure.message),
        actions(button('Ask again', requestActionIds.again, againValue(request, true))),
      ])
    case 'outcome_unknown':
      return withBlocks(`🚨 ${ref}: ${what} began. *${unknownText}*`, [
        ...problemBlocks('The owners are told too.', run.failure.message),
      ])
  }
}

/** For the owners, in the thread of the card. */
export function threadRunMessage(history: RequestHistory): MessageContent {
  const { request, requester, run } = history
  const who = mention(requester.userId)
  const what = whatIsAsked(request)
  const text =
    run?.status === 'done'
      ? `✅ ${what} was run for ${who}. ${inline(run.summary, 300)} Approved by ${approvedBy(history)}.`
      : run?.status === 'outcome_unknown'
        ? `🚨 ${what} began for ${who}. *${unknownText}*`
        : `${what} for ${who} is over.`
  return withBlocks(text, run?.status === 'done' ? [] : runOutcomeBlocks(history))
}

export function showOutputButton(requestId: string, look: { style?: 'primary' } = {}): Button {
  return button('Show output', actionsActionIds.output, requestId, look)
}

/** While it waits or is under way: for the requester. */
export function cancelRunButton(requestId: string): Button {
  return stopButton('Cancel run', actionsActionIds.cancel, requestId)
}

/** The same for the owners. */
export function stopRunButton(requestId: string): Button {
  return stopButton('Stop run', actionsActionIds.stop, requestId)
}

export const stopSentence =
  'What has not begun never will. What is under way is stopped, if the system still can.'

function stopButton(label: string, actionId: string, requestId: string): Button {
  return button(label, actionId, requestId, {
    style: 'danger',
    confirm: confirm('Stop this run?', stopSentence, 'Stop it', 'Let it run'),
  })
}

function withBlocks(text: string, blocks: readonly KnownBlock[]): MessageContent {
  return { text, blocks: [section(text), ...blocks] }
}
