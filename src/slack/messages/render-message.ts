import type { Catalog } from '../../domain/catalog.ts'
import type { MessagePurpose } from '../../domain/message.ts'
import type { OutgoingMessage } from '../../domain/ports.ts'
import type { Words } from '../kit/blocks.ts'
import { cardWords } from './card.ts'
import {
  activationFailedWords,
  activeWords,
  closedWords,
  endedWords,
  expiryNoticeWords,
  leaseShortenedWords,
  submittedWords,
} from './requester.ts'
import { alarmWords } from './security.ts'
import {
  reminderWords,
  threadActivationFailedWords,
  threadActiveWords,
  threadClosedWords,
  threadEndedWords,
} from './thread.ts'
import { undeliveredWords } from './undelivered.ts'

/** The content of a message, as its story stands now. Every purpose can be drawn in every state: messages are redrawn late. */
export function renderMessage(message: OutgoingMessage, catalog: Catalog): Words {
  return renderers[message.purpose](message, catalog)
}

const renderers: Readonly<Record<MessagePurpose, (message: OutgoingMessage, catalog: Catalog) => Words>> = {
  card: ({ story }, catalog) => cardWords(story, catalog),
  'thread:reminder': ({ story }, catalog) => reminderWords(story, catalog),
  'thread:closed': ({ story }) => threadClosedWords(story),
  'thread:active': ({ story }) => threadActiveWords(story),
  'thread:activation_failed': ({ story }) => threadActivationFailedWords(story),
  'thread:ended': ({ story }) => threadEndedWords(story),
  'thread:revocation_failed': ({ story }) => alarmWords(story),
  'requester:submitted': (message, catalog) => submittedWords(message.story, catalog, message),
  'requester:closed': ({ story }) => closedWords(story),
  'requester:active': ({ story, now }) => activeWords(story, now),
  'requester:activation_failed': ({ story }) => activationFailedWords(story),
  'requester:ended': ({ story }) => endedWords(story),
  'requester:lease_shortened': ({ story }) => leaseShortenedWords(story),
  'requester:expiry_notice': ({ story, now }) => expiryNoticeWords(story, now),
  'security:revocation_failed': ({ story }) => alarmWords(story),
  'security:undelivered': (message) => undeliveredWords(message),
}
