import type { Catalog } from '../../domain/catalog.ts'
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

/** The words of a message, as its story stands now. Every purpose can be drawn in every state: messages are redrawn late. */
export function renderMessage(message: OutgoingMessage, catalog: Catalog): Words {
  const { purpose, story } = message
  switch (purpose) {
    case 'card':
      return cardWords(story, catalog)
    case 'thread:reminder':
      return reminderWords(story, catalog)
    case 'thread:closed':
      return threadClosedWords(story)
    case 'thread:active':
      return threadActiveWords(story)
    case 'thread:activation_failed':
      return threadActivationFailedWords(story)
    case 'thread:ended':
      return threadEndedWords(story)
    case 'thread:revocation_failed':
    case 'security:revocation_failed':
      return alarmWords(story)
    case 'security:undelivered':
      return undeliveredWords(message)
    case 'requester:submitted':
      return submittedWords(story, catalog, message)
    case 'requester:closed':
      return closedWords(story)
    case 'requester:active':
      return activeWords(story, message.now)
    case 'requester:activation_failed':
      return activationFailedWords(story)
    case 'requester:lease_shortened':
      return leaseShortenedWords(story)
    case 'requester:ended':
      return endedWords(story)
    default:
      return expiryNoticeWords(story, message.now)
  }
}
