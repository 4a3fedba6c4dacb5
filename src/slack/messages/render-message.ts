import type { Catalog } from '../../domain/catalog.ts'
import type { MessagePurpose } from '../../domain/message.ts'
import type { OutgoingMessage } from '../../domain/ports.ts'
import {
  breakGlassMessage,
  calledOwners,
  requesterReviewedMessage,
  reviewOverdueMessage,
  threadReviewedMessage,
} from '../features/break-glass/messages.ts'
import { cardMessage, sponsorCopy, toldCopy } from '../features/decide/card.ts'
import {
  reminderMessage,
  substitutesMessage,
  threadActivationFailedMessage,
  threadActiveMessage,
  threadClosedMessage,
  threadEndedMessage,
} from '../features/decide/thread.ts'
import {
  activationFailedMessage,
  activeMessage,
  closedMessage,
  endedMessage,
  expiryNoticeMessage,
  leaseShortenedMessage,
  submittedMessage,
} from '../features/my-access/requester-messages.ts'
import { preApprovedMessage } from '../features/pre-approval/messages.ts'
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
  card: ({ history }, catalog) => cardMessage(history, catalog),
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
  'thread:reminder': ({ history }, catalog) => reminderMessage(history, catalog),
  'thread:closed': ({ history }) => threadClosedMessage(history),
  'thread:active': ({ history }) => threadActiveMessage(history),
  'thread:activation_failed': ({ history }) => threadActivationFailedMessage(history),
  'thread:ended': ({ history }) => threadEndedMessage(history),
  'thread:revocation_failed': ({ history }) => securityMessage(history),
  'requester:submitted': (message, catalog) => submittedMessage(message.history, catalog, message),
  'requester:closed': ({ history }) => closedMessage(history),
  'requester:active': ({ history, now }) => activeMessage(history, now),
  'requester:activation_failed': ({ history }) => activationFailedMessage(history),
  'requester:ended': ({ history }) => endedMessage(history),
  'requester:lease_shortened': ({ history }) => leaseShortenedMessage(history),
  'requester:expiry_notice': ({ history, now }) => expiryNoticeMessage(history, now),
  'security:revocation_failed': ({ history }) => securityMessage(history),
  'security:undelivered': (message) => undeliveredMessage(message),
}
