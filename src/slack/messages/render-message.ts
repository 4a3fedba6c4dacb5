import { type Catalog, usualIdleAnswerSeconds } from '../../domain/catalog.ts'
import type { MessagePurpose } from '../../domain/message.ts'
import type { OutgoingMessage } from '../../domain/messenger.ts'
import { requesterRunMessage, threadRunMessage } from '../features/actions/messages.ts'
import {
  breakGlassMessage,
  calledOwners,
  requesterReviewedMessage,
  reviewOverdueMessage,
  threadReviewedMessage,
} from '../features/break-glass/messages.ts'
import { bundleCard } from '../features/bundle/card.ts'
import { cardMessage, sponsorCopy, toldCopy } from '../features/decide/card.ts'
import {
  lastResortMessage,
  nudgeMessage,
  reminderMessage,
  substitutesMessage,
  threadActivationFailedMessage,
  threadActiveMessage,
  threadClosedMessage,
  threadEndedMessage,
} from '../features/decide/thread.ts'
import { requesterExtensionMessage, threadExtensionMessage } from '../features/extend/messages.ts'
import {
  activationFailedMessage,
  activeMessage,
  awaitsMessage,
  closedMessage,
  endedMessage,
  expiryNoticeMessage,
  idleMessage,
  leaseShortenedMessage,
  scheduledMessage,
  submittedMessage,
} from '../features/my-access/requester-messages.ts'
import { preApprovedMessage } from '../features/pre-approval/messages.ts'
import { taskMessage, taskReminder } from '../features/tasks/messages.ts'
import type { MessageContent } from '../kit/blocks.ts'
import { securityMessage } from './security.ts'
import { sharedNoticeMessage } from './shared-notice.ts'
import { undeliveredMessage } from './undelivered.ts'

/** The content of a message for the present state. A message may be edited late, so every purpose renders in every state. */
export function renderMessage(message: OutgoingMessage, catalog: Catalog): MessageContent {
  return renderers[message.purpose](message, catalog)
}

const renderers: Readonly<
  Record<MessagePurpose, (message: OutgoingMessage, catalog: Catalog) => MessageContent>
> = {
  card: ({ history, together = [] }, catalog) => {
    const [first, ...others] = together
    return first && others.length > 0 && history.bundle
      ? bundleCard([first, ...others], history.bundle, catalog)
      : cardMessage(history, catalog)
  },
  shared_notice: ({ together = [] }) => sharedNoticeMessage(together),
  'thread:reviewed': ({ history }) => threadReviewedMessage(history),
  'thread:review_overdue': ({ history }, catalog) =>
    reviewOverdueMessage(history, calledOwners(history, catalog)),
  'requester:pre_approved': ({ history }) => preApprovedMessage(history),
  'requester:reviewed': ({ history }) => requesterReviewedMessage(history),
  'security:break_glass': ({ history }, { security }) => breakGlassMessage(history, security.leads),
  'security:review_overdue': ({ history }, { security }) => reviewOverdueMessage(history, security.leads),
  'copy:sponsor': ({ history }, catalog) => sponsorCopy(history, catalog),
  'copy:told': ({ history }, catalog) => toldCopy(history, catalog),
  'thread:substitutes': ({ history }, catalog) => substitutesMessage(history, catalog),
  'thread:last_resort': ({ history }, catalog) => lastResortMessage(history, catalog),
  'thread:nudge': ({ history, now }, catalog) => nudgeMessage(history, catalog, now),
  'thread:reminder': ({ history, now }, catalog) => reminderMessage(history, catalog, now),
  'thread:closed': ({ history }) => threadClosedMessage(history),
  'thread:active': ({ history }) => threadActiveMessage(history),
  'thread:extension': ({ history }) => threadExtensionMessage(history),
  'thread:run': ({ history }) => threadRunMessage(history),
  'requester:run': ({ history, now }) => requesterRunMessage(history, now),
  'thread:activation_failed': ({ history }) => threadActivationFailedMessage(history),
  'thread:ended': ({ history }, catalog) => threadEndedMessage(history, catalog),
  'thread:revocation_failed': ({ history }) => securityMessage(history),
  'requester:submitted': (message, catalog) => submittedMessage(message.history, catalog, message),
  'requester:closed': ({ history }) => closedMessage(history),
  'requester:awaits': ({ history }) => awaitsMessage(history),
  'requester:scheduled': ({ history }) => scheduledMessage(history),
  'requester:idle': ({ history, now }, { defaults }) =>
    idleMessage(history, defaults.idleAnswerSeconds ?? usualIdleAnswerSeconds, now),
  'requester:active': ({ history, now }) => activeMessage(history, now),
  'requester:extension': ({ history }) => requesterExtensionMessage(history),
  'requester:activation_failed': ({ history }) => activationFailedMessage(history),
  'requester:ended': ({ history }) => endedMessage(history),
  'requester:lease_shortened': ({ history }) => leaseShortenedMessage(history),
  'requester:expiry_notice': ({ history, now }) => expiryNoticeMessage(history, now),
  'task:give': ({ history }) => taskMessage(history, 'give'),
  'task:take_away': ({ history }) => taskMessage(history, 'take_away'),
  'task:give_reminder': ({ history }) => taskReminder(history, 'give'),
  'task:take_away_reminder': ({ history }) => taskReminder(history, 'take_away'),
  'security:revocation_failed': ({ history }) => securityMessage(history),
  'security:undelivered': (message) => undeliveredMessage(message),
}
