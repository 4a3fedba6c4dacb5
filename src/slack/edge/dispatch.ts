import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { DirectoryUnavailable } from '../../domain/directory.ts'
import type { SlackIdentity } from '../api/identity.ts'
import { outdatedButton, unavailableSentence } from '../kit/answers.ts'
import { textMessage } from '../kit/blocks.ts'
import type { Listeners } from '../kit/listener.ts'
import { noticeView } from '../kit/notice-view.ts'
import { messageOption } from '../kit/options.ts'
import type {
  ActionPayload,
  CommandPayload,
  Payload,
  ShortcutPayload,
  SubmissionPayload,
  SuggestionPayload,
} from '../kit/payload.ts'
import { type Acknowledge, createFormReply, createReply, type Reply } from '../kit/reply.ts'
import { type Claim, createAnswerOnce } from './answer-once.ts'
import {
  failureSentence,
  foreignWorkspace,
  handledBefore,
  unknownCommand,
  unknownShortcut,
} from './answers.ts'

/** A person acted outside a form. */
type PersonPayload = CommandPayload | ActionPayload | ShortcutPayload

export interface DispatchParts {
  /** Asked once for each payload, which is handled with one version of catalog and policies. */
  readonly listeners: () => Listeners
  readonly claim: Claim
  readonly identity: Pick<SlackIdentity, 'teamId' | 'appId'>
  readonly fetch: typeof fetch
  /** Tells the person who acted a text, in a window. Rejects when Slack refuses it. */
  readonly openWindow: (acted: Pick<PersonPayload, 'triggerId' | 'by'>, text: string) => Promise<void>
  readonly logger: Logger
}

/**
 * Hands a payload to its listener. It also answers payloads without a listener, payloads of another workspace, and
 * failures: without an answer, Slack shows the person an error that explains nothing.
 */
export function createDispatch(parts: DispatchParts) {
  const answerOnce = createAnswerOnce(parts.claim)
  return async (payload: Payload, body: unknown, acknowledge: Acknowledge): Promise<void> => {
    switch (payload.kind) {
      case 'command':
      case 'action':
      case 'shortcut':
        return answerOnce(body, acknowledge, (...how) => answerPerson(parts, payload, ...how))
      case 'submission':
        return answerOnce(body, acknowledge, (...how) => answerForm(parts, payload, ...how))
      case 'suggestion':
        return answerTyping(parts, payload, acknowledge)
      case 'closed':
        return acknowledge()
      case 'event':
        // A failure rejects, so that Slack delivers the event again.
        if (isOurs(parts, payload)) await parts.listeners().events.get(payload.event.type)?.(payload)
    }
  }
}

/** False for a payload of another app or workspace. Only a shortcut names no app: it comes signed for ours. */
function isOurs(
  { identity }: DispatchParts,
  { appId, teamId }: Pick<Exclude<Payload, { kind: 'closed' }>, 'appId' | 'teamId'>,
): boolean {
  return (appId === null || appId === identity.appId) && teamId === identity.teamId
}

async function answerPerson(
  parts: DispatchParts,
  payload: PersonPayload,
  acknowledge: Acknowledge,
  isFirst: () => Promise<boolean>,
): Promise<void> {
  const { logger } = parts
  const isCommand = payload.kind === 'command'
  const { responseUrl } = payload
  const reply = createReply({
    acknowledge,
    responseUrl,
    showWindow: hasNoChannel(payload) ? (text) => parts.openWindow(payload, text) : undefined,
    canAnswerInAcknowledgement: isCommand,
    fetch: parts.fetch,
    logger,
  })
  try {
    // The first delivery of a click has already posted its answer.
    if (!(await isFirst())) return isCommand ? await reply.ephemeral(textMessage(handledBefore)) : undefined
    if (!isOurs(parts, payload)) return await reply.ephemeral(textMessage(foreignWorkspace))
    await (handle(parts.listeners(), payload, reply) ??
      reply.ephemeral(textMessage(unknownSentence(payload))))
  } catch (error) {
    await reply.ephemeral(textMessage(errorSentence(parts, error, payload.kind))).catch((lost: unknown) => {
      logger.warn({ err: lost }, 'a person could not be told about a failure')
    })
  } finally {
    await reply.acknowledge().finally(reply.settle)
  }
}

function handle(listeners: Listeners, payload: PersonPayload, reply: Reply): Promise<void> | undefined {
  switch (payload.kind) {
    case 'command':
      return listeners.commands.get(payload.command)?.(payload, reply)
    case 'action':
      return listeners.actions.get(payload.actionId)?.(payload, reply)
    case 'shortcut':
      return listeners.shortcuts.get(payload.callbackId)?.(payload, reply)
  }
}

function unknownSentence(payload: PersonPayload): string {
  switch (payload.kind) {
    case 'command':
      return unknownCommand(payload.command)
    case 'action':
      return outdatedButton
    case 'shortcut':
      return unknownShortcut
  }
}

/** The Home tab and a global shortcut: an answer is a window. */
function hasNoChannel(payload: PersonPayload): boolean {
  if (payload.kind === 'shortcut') return payload.message === null
  return payload.kind === 'action' && payload.view?.isHome === true
}

async function answerForm(
  parts: DispatchParts,
  form: SubmissionPayload,
  acknowledge: Acknowledge,
  isFirst: () => Promise<boolean>,
): Promise<void> {
  const reply = createFormReply({ ...parts, acknowledge })
  try {
    if (!(await isFirst())) return await reply.show(noticeView('Sent before', handledBefore))
    if (!isOurs(parts, form)) return await reply.show(noticeView('Another workspace', foreignWorkspace))
    const done = parts.listeners().forms.get(form.view.callbackId)?.(form, reply)
    await (done ?? reply.show(noticeView('Out of date', outdatedButton)))
  } catch (error) {
    await reply.show(noticeView('Not done', errorSentence(parts, error, 'form')))
  }
}

async function answerTyping(
  parts: DispatchParts,
  asked: SuggestionPayload,
  acknowledge: Acknowledge,
): Promise<void> {
  const reply = { suggest: acknowledge }
  try {
    if (!isOurs(parts, asked))
      return await reply.suggest(messageOption('This Daypass works for another workspace'))
    const done = parts.listeners().suggestions.get(asked.actionId)?.(asked, reply)
    await (done ?? reply.suggest({ options: [] }))
  } catch (error) {
    errorSentence(parts, error, 'suggestion')
    await reply.suggest(messageOption('Something went wrong; type again to retry'))
  }
}

function errorSentence({ logger }: DispatchParts, error: unknown, what: string): string {
  if (error instanceof DirectoryUnavailable) {
    logger.warn({ err: error, what }, 'Slack did not say who the person is, so nothing was done')
    return `⚠️ ${unavailableSentence(error)}`
  }
  const reference = `E-${randomBytes(3).toString('hex')}`
  logger.error({ err: error, what, reference }, 'handling an interaction failed unexpectedly')
  return `⚠️ ${failureSentence(reference)}`
}
