import type { KnownBlock } from '@slack/types'
import type { Catalog } from '../../domain/catalog.ts'
import { formatDuration } from '../../domain/duration.ts'
import type { OutgoingMessage } from '../../domain/ports.ts'
import type { RequestStory } from '../../domain/story.ts'
import { myAccessActionIds } from '../features/my-access/ids.ts'
import { requestActionIds } from '../features/request/ids.ts'
import { actions, button, confirm, context, section, type Words } from '../kit/blocks.ts'
import { outcomeBlocks, progressWords } from '../kit/outcome.ts'
import { isProvenGone, phaseOf } from '../kit/phase.ts'
import { leaseWords, whatIsAsked } from '../kit/terms.ts'
import { mention, moment } from '../kit/text.ts'

/** Sent at once; says where the request stands for as long as somebody may still decide. */
export function submittedWords(
  story: RequestStory,
  catalog: Catalog,
  { card, undelivered }: Pick<OutgoingMessage, 'card' | 'undelivered'>,
): Words {
  const { request } = story
  const ref = request.reference
  switch (phaseOf(story)) {
    case 'pending': {
      const unreachable = !card && undelivered.some(({ purpose }) => purpose === 'card')
      const text = unreachable
        ? `⚠️ ${ref}: the owners could not be reached about your request for ${whatIsAsked(request)}.`
        : `${ref}: your request for ${whatIsAsked(request)} is ${card ? 'with' : 'on its way to'} the owners.`
      const next = unreachable
        ? 'Slack did not take my message to their channel. The security team has been told; Daypass tries again every minute ' +
          'and changes this message once the owners have it. If it is urgent, tell them yourself.'
        : 'You will hear from me here.'
      return {
        text,
        blocks: [
          section(`${text} ${next}`),
          context(
            `${progressWords(story, catalog)} · ${leaseWords(story)} · expires ${moment(request.expiresAt)} if nobody decides`,
          ),
          actions(
            button('Cancel request', myAccessActionIds.cancel, request.id, {
              confirm: confirm(
                'Cancel this request?',
                'Nobody will be able to approve it any more.',
                'Cancel it',
                'Keep it',
              ),
            }),
          ),
        ],
      }
    }
    case 'denied':
    case 'cancelled':
    case 'expired':
      return plainWords(
        `${ref}: your request for ${whatIsAsked(request)} was ${request.status === 'expired' ? 'not decided in time' : request.status}.`,
      )
    case 'activating':
      return plainWords(
        `${ref}: approved. Access to ${whatIsAsked(request)} is being set up; I will tell you when it is open.`,
      )
    default:
      return plainWords(`${ref}: your request for ${whatIsAsked(request)} was approved.`)
  }
}

/** Denied, cancelled or expired: why, and what to do next. */
export function closedWords(story: RequestStory): Words {
  const { request } = story
  const what = whatIsAsked(request)
  const text = {
    denied: `${request.reference} was denied: ${what}.`,
    cancelled: `${request.reference} is cancelled: ${what}. Nothing was given.`,
    expired: `${request.reference} expired before anybody decided: ${what}. You can ask again, or nudge the owners first.`,
    approved: `${request.reference} was approved: ${what}.`,
    pending: `${request.reference} is with the owners: ${what}.`,
  }[request.status]
  return { text, blocks: [section(text), ...outcomeBlocks(story), againBlock(story)] }
}

/** Access is open: until when, how to use it, how to give it back. Says so too once it is no longer open. */
export function activeWords(story: RequestStory, now: Date): Words {
  const { request, grant } = story
  const what = whatIsAsked(request)
  if (grant?.status !== 'active' || grant.lease.endsAt <= now) return noLongerActive(story)
  const text = `🟢 ${request.reference}: you have ${what} until ${moment(grant.lease.endsAt)}.`
  const blocks: KnownBlock[] = [
    section(text),
    actions(
      button('Show credentials', myAccessActionIds.credentials, request.id, { style: 'primary' }),
      button("I'm done", myAccessActionIds.release, request.id, { confirm: releaseConfirm }),
    ),
    context(
      'Credentials are made when you press the button, shown to you alone, and kept nowhere. Done early? Give it back.',
    ),
  ]
  return { text, blocks }
}

const releaseConfirm = confirm(
  'Give the access back now?',
  'Open sessions are cut and your login stops working. You can ask again any time.',
  "I'm done",
  'Not yet',
)

function noLongerActive(story: RequestStory): Words {
  const { request } = story
  const what = whatIsAsked(request)
  switch (phaseOf(story)) {
    case 'active':
      return plainWords(
        `⏳ ${request.reference}: your time is up, and your access to ${what} is being removed.`,
      )
    case 'revoking':
      return plainWords(`⏳ ${request.reference}: your access to ${what} is being removed.`)
    case 'revocation_failed':
      return plainWords(
        `⏳ ${request.reference}: your access to ${what} is over. Removing it takes longer than it should; please stop using it.`,
      )
    default:
      return plainWords(`⚫ ${request.reference}: your access to ${what} is over.`)
  }
}

/** Some time before the end. A notice may come late, so it says how much is left when it is drawn. */
export function expiryNoticeWords(story: RequestStory, now: Date): Words {
  const { request, grant } = story
  if (grant?.status !== 'active' || grant.lease.endsAt <= now) return noLongerActive(story)
  const text =
    `⏰ ${timeLeft(grant.lease.endsAt, now)} left: your access to ${whatIsAsked(request)} ends at ${moment(grant.lease.endsAt, 'time')}. ` +
    'Save your work; open sessions are cut then.'
  return {
    text,
    blocks: [
      section(text),
      actions(
        button("I'm done", myAccessActionIds.release, request.id, { confirm: releaseConfirm }),
        button('Request again', requestActionIds.again, againValue(story)),
      ),
    ],
  }
}

function timeLeft(endsAt: Date, now: Date): string {
  const minutes = Math.round((endsAt.getTime() - now.getTime()) / 60_000)
  const isLessThanOne = endsAt.getTime() - now.getTime() < 60_000
  return isLessThanOne ? 'Less than a minute' : `About ${formatDuration(minutes * 60)}`
}

/** The lease ends earlier than was said, because the guest account does. */
export function leaseShortenedWords(story: RequestStory): Words {
  const { request, grant } = story
  if (grant?.status !== 'active') return noLongerActive(story)
  return plainWords(
    `⏰ ${request.reference}: your access to ${whatIsAsked(request)} ends earlier, at ${moment(grant.lease.endsAt)}: ` +
      'your guest account ends then. Save your work; open sessions are cut at that moment.',
  )
}

export function endedWords(story: RequestStory): Words {
  const { request, grant } = story
  const what = whatIsAsked(request)
  if (!grant || !('removed' in grant)) return noLongerActive(story)
  const text = `${endSentence(story)} Access to ${what} is gone, read back ${moment(grant.removed.readAt, 'exact')}.`
  return {
    text,
    blocks: [section(`⚫ ${request.reference}: ${text}`), ...reasonOf(story), againBlock(story)],
  }
}

function endSentence({ grant, revoker }: RequestStory): string {
  if (!grant || !('revocation' in grant)) return ''
  switch (grant.revocation.cause) {
    case 'lease_ended':
      return 'Your time is up.'
    case 'released':
      return 'Thank you for giving it back early.'
    case 'revoked':
      return `${revoker ? mention(revoker.userId) : 'Somebody'} took it back early.`
    case 'offboarded':
      return 'Your account was closed.'
    case 'activation_failed':
      return 'It could not be given whole.'
  }
}

function reasonOf(story: RequestStory): KnownBlock[] {
  const { grant } = story
  const taken = grant && 'revocation' in grant && grant.revocation.cause === 'revoked'
  return taken ? outcomeBlocks(story).slice(1) : []
}

export function activationFailedWords(story: RequestStory): Words {
  const { request } = story
  const left = isProvenGone(story) ? 'You hold nothing.' : 'What there may be of it is being removed.'
  const text =
    `🔴 ${request.reference} was approved, but I could not open ${whatIsAsked(request)}. ${left} ` +
    'The owners have been told why; ask again once they have mended it.'
  return { text, blocks: [section(text), againBlock(story)] }
}

function againBlock(story: RequestStory): KnownBlock {
  return actions(button('Request again', requestActionIds.again, againValue(story)))
}

/** Ids only: what they name is looked up and judged anew. */
function againValue({ request }: RequestStory): string {
  return JSON.stringify([
    request.asksFor.resourceId,
    request.asksFor.entitlementId,
    formatDuration(request.durationSeconds),
  ])
}

function plainWords(text: string): Words {
  return { text, blocks: [section(text)] }
}
