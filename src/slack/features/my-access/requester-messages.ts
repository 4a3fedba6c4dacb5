import type { Button, KnownBlock } from '@slack/types'
import { addSeconds } from 'date-fns/addSeconds'
import { calledLater } from '../../../domain/approval-state.ts'
import type { Catalog } from '../../../domain/catalog.ts'
import { formatDuration } from '../../../domain/duration.ts'
import type { OutgoingMessage } from '../../../domain/messenger.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import type { DoneTask } from '../../../domain/task.ts'
import { runningText } from '../../kit/action.ts'
import { awayText, progressText } from '../../kit/approvals.ts'
import { goneText } from '../../kit/assurance.ts'
import { actions, button, confirm, context, type MessageContent, quoted, section } from '../../kit/blocks.ts'
import { awaitedText, outcomeBlocks } from '../../kit/outcome.ts'
import { isProvenGone, phaseOf } from '../../kit/phase.ts'
import { leaseText, plannedText, whatIsAsked } from '../../kit/terms.ts'
import { inline, mention, mentionAny, moment, withLinks } from '../../kit/text.ts'
import { cancelRunButton } from '../actions/messages.ts'
import { extendButtons, extensionClosedMessage } from '../extend/messages.ts'
import { againValue } from '../request/again-value.ts'
import { requestActionIds } from '../request/ids.ts'
import { myAccessActionIds } from './ids.ts'

/** Posted at once, and edited until the request is decided. */
export function submittedMessage(
  history: RequestHistory,
  catalog: Catalog,
  { card, undelivered, now }: Pick<OutgoingMessage, 'card' | 'undelivered' | 'now'>,
): MessageContent {
  const { request, grant } = history
  const ref = request.reference
  const what = `${history.extends ? 'more time with ' : ''}${whatIsAsked(request)}`
  switch (phaseOf(history)) {
    case 'pending': {
      const unreachable = !card && undelivered.some(({ purpose }) => purpose === 'card')
      const text = unreachable
        ? `⚠️ ${ref}: the owners could not be reached about your request for ${what}.`
        : `${ref}: your request for ${what} is ${card ? 'with' : 'on its way to'} the owners.`
      const next = unreachable
        ? 'Slack refused my message to their channel. The security team knows. Daypass tries again every minute, ' +
          'and this message changes when the owners have the request. If it is urgent, tell them yourself.'
        : 'I will write to you here.'
      return {
        text,
        blocks: [
          section(`${text} ${next}`),
          context(
            `${progressText(history, catalog)} · ${leaseText(history)} · expires ${moment(request.expiresAt)} if nobody decides`,
          ),
          context(
            [askedText(history), awayText(history, catalog, now)].filter((text) => text !== null).join('\n'),
          ),
          actions(...nudgeButtons(history), cancelRequestButton(request.id)),
        ],
      }
    }
    case 'scheduled':
      return plainMessage(`${ref}: approved. ${what}: ${plannedText(history)}.`)
    case 'denied':
    case 'cancelled':
    case 'expired':
      if (grant?.status === 'cancelled')
        return plainMessage(`${ref}: your request for ${what} was approved, and cancelled before its start.`)
      return plainMessage(
        `${ref}: your request for ${what} was ${request.status === 'expired' ? 'not decided in time' : request.status}.`,
      )
    case 'running':
      return {
        text: `${ref}: approved. ${what} is being run.`,
        blocks: [
          section(`${ref}: approved. ${what} is being run; I will tell you what became of it.`),
          ...(history.run?.status === 'running' ? [context(runningText(history.run))] : []),
          actions(cancelRunButton(request.id)),
        ],
      }
    case 'activating':
      if (grant?.status === 'activating' && grant.awaitsLogin !== undefined) {
        return plainMessage(`${ref}: approved. ${awaitedText(history, grant.awaitsLogin)}`)
      }
      if (grant?.status === 'activating' && grant.awaits !== undefined) {
        return plainMessage(`${ref}: approved. ${withLinks(grant.awaits)}`)
      }
      return plainMessage(
        `${ref}: approved. Access to ${whatIsAsked(request)} is being set up; I will tell you when it is open.`,
      )
    default:
      return plainMessage(`${ref}: your request for ${what} was approved.`)
  }
}

function cancelRequestButton(requestId: string): Button {
  return button('Cancel request', myAccessActionIds.cancel, requestId, {
    confirm: confirm(
      'Cancel this request?',
      'Nobody will be able to approve it any more.',
      'Cancel it',
      'Keep it',
    ),
  })
}

/** Who was asked when, and who is asked next if nobody answers. */
export function askedText({ request, decisions, calls }: RequestHistory): string {
  const made = calls.map(({ kind, at }) => `${calledText[kind]} ${moment(at, 'time')}`)
  const last = calls.at(-1)?.at ?? request.submittedAt
  const next = calledLater(request.terms.approvals, request, decisions)
    .filter(({ at }) => at > last && at < request.expiresAt)
    .slice(0, 1)
    .map(
      ({ at, approvers }) =>
        `next: ${approvers.slice(0, 3).map(mentionAny).join(', ')} from ${moment(at, 'time')}`,
    )
  return [`Asked ${moment(request.submittedAt, 'time')}`, ...made, ...next].join(' · ')
}

const calledText: Readonly<Record<RequestHistory['calls'][number]['kind'], string>> = {
  owners: 'again',
  substitutes: 'substitutes',
  last_resort: 'last resort',
  nudge: 'you nudged',
}

/** Once. */
export function nudgeButtons({ request, calls }: RequestHistory): Button[] {
  if (calls.some(({ kind }) => kind === 'nudge')) return []
  return [button('Nudge them', myAccessActionIds.nudge, request.id)]
}

/** Denied, cancelled or expired: the reason, and the next step. */
export function closedMessage(history: RequestHistory): MessageContent {
  if (history.extends) return extensionClosedMessage(history)
  const { request } = history
  const what = whatIsAsked(request)
  const text = {
    denied: `${request.reference} was denied: ${what}.`,
    cancelled: `${request.reference} is cancelled: ${what}. ${history.request.asksFor.kind === 'action' ? 'Nothing was run' : 'No access was given'}.`,
    expired: `${request.reference} expired before anybody decided: ${what}. You can ask again, or remind the owners first.`,
    approved: `${request.reference} was approved: ${what}.`,
    pending: `${request.reference} is with the owners: ${what}.`,
  }[request.status]
  return { text, blocks: [section(text), ...outcomeBlocks(history), againBlock(history)] }
}

/** It is approved, and starts later. Edited when it starts, or is cancelled. */
export function scheduledMessage(history: RequestHistory): MessageContent {
  const { request } = history
  const what = whatIsAsked(request)
  switch (phaseOf(history)) {
    case 'scheduled': {
      const text = `🗓️ ${request.reference}: approved, ${what}. ${plannedText(history)}.`
      return {
        text,
        blocks: [
          section(text),
          actions(cancelStartButton(request.id)),
          context('At its start it is judged again. I write to you here when it is open.'),
        ],
      }
    }
    case 'cancelled':
      return plainMessage(`⚪ ${request.reference}: ${what} was cancelled before its start.`)
    case 'activation_failed':
      return plainMessage(`🔴 ${request.reference}: ${what} could not be opened at its start.`)
    default:
      return plainMessage(`🗓️ ${request.reference}: the start of ${what} has come.`)
  }
}

export function cancelStartButton(requestId: string): Button {
  return button('Cancel', myAccessActionIds.release, requestId, {
    confirm: confirm(
      'Cancel this access?',
      'It will not start. You can ask again any time.',
      'Cancel it',
      'Keep it',
    ),
  })
}

/** The lease is idle: whether it is still needed. Edited when the holder has answered, or the access is over. */
export function idleMessage(history: RequestHistory, idleAnswerSeconds: number, now: Date): MessageContent {
  const { request, grant } = history
  const what = whatIsAsked(request)
  if (grant?.status !== 'active' || grant.lease.endsAt <= now) return noLongerActive(history)
  if (!grant.idleAskedAt)
    return plainMessage(`👍 ${request.reference}: you keep ${what} until ${moment(grant.lease.endsAt)}.`)
  const since = grant.lastUsedAt ? `since ${moment(grant.lastUsedAt)}` : 'so far'
  const text =
    `💤 ${request.reference}: you have not used ${what} ${since}. Still needed? ` +
    `Without an answer I end it ${moment(addSeconds(grant.idleAskedAt, idleAnswerSeconds))}.`
  return {
    text,
    blocks: [
      section(text),
      actions(
        button('Keep', myAccessActionIds.keep, request.id, { style: 'primary' }),
        button("I'm done", myAccessActionIds.release, request.id, { confirm: releaseConfirm }),
      ),
    ],
  }
}

/** The access cannot be active before a person has done something. Edited when that is done. */
export function awaitsMessage(history: RequestHistory): MessageContent {
  const { request, grant } = history
  const ref = request.reference
  if (grant?.status !== 'activating' || grant.awaits === undefined)
    return plainMessage(`${ref}: nothing is awaited any more for ${whatIsAsked(request)}.`)
  return plainMessage(
    `✋ ${ref}: your access to ${whatIsAsked(request)} waits. ${withLinks(grant.awaits)} Then I open it, and tell you here.`,
  )
}

/** The access is active: its end, and the buttons to use it and to give it back. Edited when it is no longer active. */
export function activeMessage(history: RequestHistory, now: Date): MessageContent {
  const { request, grant } = history
  const what = whatIsAsked(request)
  if (grant?.status !== 'active' || grant.lease.endsAt <= now) return noLongerActive(history)
  const text = `🟢 ${request.reference}: you have ${what} until ${moment(grant.lease.endsAt)}.`
  const given = history.tasks.find(({ direction }) => direction === 'give')
  if (given?.status === 'done') return givenByHand(history, text, given)
  const blocks: KnownBlock[] = [
    section(text),
    actions(
      button('Show credentials', myAccessActionIds.credentials, request.id, { style: 'primary' }),
      ...extendButtons(request),
      button("I'm done", myAccessActionIds.release, request.id, { confirm: releaseConfirm }),
    ),
    context(
      "The button makes new credentials. Only you see them, and Daypass does not store them. Press *I'm done* if you finish early.",
    ),
  ]
  return { text, blocks }
}

/** There are no credentials of Daypass: a person gave the access, and may have said how to connect. */
function givenByHand({ request }: RequestHistory, text: string, { report }: DoneTask): MessageContent {
  const { howToConnect } = report
  return {
    text,
    blocks: [
      section(text),
      ...(howToConnect === null ? [] : [context('*How to connect:*'), quoted(howToConnect)]),
      actions(button("I'm done", myAccessActionIds.release, request.id, { confirm: releaseConfirm })),
      context("A person gave it by hand, and a person takes it away. Press *I'm done* if you finish early."),
    ],
  }
}

export const releaseConfirm = confirm(
  'Give the access back now?',
  'Open sessions are closed and your login stops working. You can ask again any time.',
  "I'm done",
  'Not yet',
)

function noLongerActive(history: RequestHistory): MessageContent {
  const { request } = history
  const what = whatIsAsked(request)
  switch (phaseOf(history)) {
    case 'active':
      return plainMessage(
        `⏳ ${request.reference}: your time is up, and your access to ${what} is being removed.`,
      )
    case 'revoking':
      return plainMessage(`⏳ ${request.reference}: your access to ${what} is being removed.`)
    case 'revocation_failed':
      return plainMessage(
        `⏳ ${request.reference}: your access to ${what} is over. Removing it takes longer than it should; please stop using it.`,
      )
    default:
      return plainMessage(`⚫ ${request.reference}: your access to ${what} is over.`)
  }
}

/** A notice before the end. It may be posted late, so it tells the time left at the moment of posting. */
export function expiryNoticeMessage(history: RequestHistory, now: Date): MessageContent {
  const { request, grant } = history
  if (grant?.status !== 'active' || grant.lease.endsAt <= now) return noLongerActive(history)
  const text =
    `⏰ ${timeLeft(grant.lease.endsAt, now)} left: your access to ${whatIsAsked(request)} ends at ${moment(grant.lease.endsAt, 'time')}. ` +
    'Save your work; open sessions are closed then.'
  return {
    text,
    blocks: [
      section(text),
      actions(
        ...extendButtons(request),
        button("I'm done", myAccessActionIds.release, request.id, { confirm: releaseConfirm }),
        button('Request again', requestActionIds.again, againValue(history.request)),
      ),
    ],
  }
}

function timeLeft(endsAt: Date, now: Date): string {
  const minutes = Math.round((endsAt.getTime() - now.getTime()) / 60_000)
  const isLessThanOne = endsAt.getTime() - now.getTime() < 60_000
  return isLessThanOne ? 'Less than a minute' : `About ${formatDuration(minutes * 60)}`
}

/** The lease ends earlier than announced, because the guest account ends. */
export function leaseShortenedMessage(history: RequestHistory): MessageContent {
  const { request, grant, engagement } = history
  if (grant?.status !== 'active') return noLongerActive(history)
  const what = engagement && engagement.endsAt <= grant.lease.endsAt ? 'engagement' : 'guest account'
  return plainMessage(
    `⏰ ${request.reference}: your access to ${whatIsAsked(request)} ends earlier, at ${moment(grant.lease.endsAt)}: ` +
      `your ${what} ends then. Save your work; open sessions are closed at that moment.`,
  )
}

export function endedMessage(history: RequestHistory): MessageContent {
  const { request, grant } = history
  const what = whatIsAsked(request)
  if (grant?.status === 'cancelled') {
    const text = `⚪ ${request.reference}: ${endSentence(history)} ${what} will not start.`
    return { text, blocks: [section(text), ...reasonOf(history), againBlock(history)] }
  }
  if (!grant || !('removed' in grant)) return noLongerActive(history)
  const text = `${endSentence(history)} Access to ${what} ${goneText(grant.removed)}`
  return {
    text,
    blocks: [section(`⚫ ${request.reference}: ${text}`), ...reasonOf(history), againBlock(history)],
  }
}

function endSentence({ grant, revoker }: RequestHistory): string {
  if (!grant || !('revocation' in grant)) return ''
  switch (grant.revocation.cause) {
    case 'lease_ended':
      return 'Your time is up.'
    case 'released':
      return grant.status === 'cancelled' ? 'You cancelled it.' : 'Thank you for giving it back early.'
    case 'revoked':
      return `${revoker ? mention(revoker.userId) : 'Somebody'} ${grant.status === 'cancelled' ? 'cancelled it' : 'took it back early'}.`
    case 'offboarded':
      return 'Your account is closed, or your engagement no longer holds.'
    case 'activation_failed':
      return 'I could not set up the access completely.'
    case 'ticket_closed':
      return `Its ticket is closed: ${inline(grant.revocation.reason ?? '', 300)}`
    case 'idle':
      return 'You did not use it, and did not answer whether you still need it.'
  }
}

function reasonOf(history: RequestHistory): KnownBlock[] {
  const { grant } = history
  const taken = grant && 'revocation' in grant && grant.revocation.cause === 'revoked'
  return taken ? outcomeBlocks(history).slice(1) : []
}

export function activationFailedMessage(history: RequestHistory): MessageContent {
  const { request } = history
  const left = isProvenGone(history)
    ? 'You have no access.'
    : 'Daypass is removing any part of it that was set up.'
  const text =
    `🔴 ${request.reference} was approved, but I could not open ${whatIsAsked(request)}. ${left} ` +
    'The owners can see the reason. Ask again after they have solved the problem.'
  return { text, blocks: [section(text), againBlock(history)] }
}

function againBlock(history: RequestHistory): KnownBlock {
  const label = history.request.status === 'denied' ? 'Ask again' : 'Request again'
  return actions(button(label, requestActionIds.again, againValue(history.request)))
}

function plainMessage(text: string): MessageContent {
  return { text, blocks: [section(text)] }
}
