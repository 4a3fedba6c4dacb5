import type { EngagementPurpose } from '../../../domain/engagement-message.ts'
import type { OutgoingEngagementMessage } from '../../../domain/messenger.ts'
import {
  actions,
  button,
  confirm,
  context,
  type MessageContent,
  section,
  textMessage,
} from '../../kit/blocks.ts'
import { inline, mention, moment } from '../../kit/text.ts'
import { peopleActionIds } from './ids.ts'

/** The content of a message about an engagement for its present state. Every purpose renders in every state. */
export function engagementMessageContent(message: OutgoingEngagementMessage): MessageContent {
  return renderers[message.purpose](message)
}

const renderers: Readonly<Record<EngagementPurpose, (message: OutgoingEngagementMessage) => MessageContent>> =
  {
    'sponsor:ends_soon': endsSoon,
    'sponsor:ended': (message) => ended(message, `You were the sponsor.`),
    'contractor:ended': (message) =>
      textMessage(
        `Your engagement with ${companyOf(message)} has ended, so you cannot ask for access any more. Access that you held is being taken back. If you go on working here, ask ${sponsorOf(message)} or the security team to add a new engagement.`,
      ),
    'contractor:sponsor_left': sponsorLeft,
  }

function endsSoon(message: OutgoingEngagementMessage): MessageContent {
  const { engagement, contractor, userId, now } = message
  const { id, endsAt, endedAt, sponsor } = engagement
  const who = mention(contractor.userId)
  if (endedAt !== null || now >= endsAt)
    return textMessage(`The engagement of ${who} with ${companyOf(message)} has ended.`)
  if (sponsor.userId !== userId)
    return textMessage(`${mention(sponsor.userId)} is now the sponsor of ${who} (${companyOf(message)}).`)
  if (!message.isCurrent)
    return textMessage(
      `The engagement of ${who} with ${companyOf(message)} ends on ${moment(endsAt)}. \`/contractors\` changes it.`,
    )
  const text = `The engagement of ${who} with ${companyOf(message)} ends on ${moment(endsAt)}.`
  return {
    text,
    blocks: [
      section(
        `${text} You are the sponsor. Then all their access is taken back, and they can ask for nothing more.`,
      ),
      actions(
        button('Extend…', peopleActionIds.extend, id, { style: 'primary' }),
        button('Let it end', peopleActionIds.letEnd, id, {
          confirm: confirm(
            'Let it end?',
            'The engagement ends at its time. You will get no further notice.',
            'Let it end',
            'Not yet',
          ),
        }),
      ),
      context('`/contractors` shows everybody whom you sponsor.'),
    ],
  }
}

function ended(message: OutgoingEngagementMessage, role: string): MessageContent {
  return textMessage(
    `The engagement of ${mention(message.contractor.userId)} with ${companyOf(message)} has ended. ${role} Their access is being taken back, and they can ask for nothing more.`,
  )
}

function sponsorLeft(message: OutgoingEngagementMessage): MessageContent {
  const { engagement } = message
  const { sponsor, endedAt } = engagement
  if (endedAt !== null) return textMessage(`Your engagement with ${companyOf(message)} has ended.`)
  if (sponsor.isActive)
    return textMessage(
      `${mention(sponsor.userId)} is the sponsor of your engagement with ${companyOf(message)}. You can ask for access again.`,
    )
  return textMessage(
    `${inline(sponsor.displayName)}, the sponsor of your engagement with ${companyOf(message)}, is no longer here. Until another employee takes the engagement over with \`/contractors\`, you cannot ask for access, and access that you held is being taken back. Ask the employee whom you work for now, or the security team.`,
  )
}

function companyOf({ engagement }: OutgoingEngagementMessage): string {
  return `*${inline(engagement.company, 80)}*`
}

function sponsorOf({ engagement: { sponsor } }: OutgoingEngagementMessage): string {
  return sponsor.isActive ? mention(sponsor.userId) : 'your contact here'
}
