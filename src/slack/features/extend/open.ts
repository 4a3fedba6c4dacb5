import { parseReference } from '../../../domain/request.ts'
import { extendLease, mayExtend } from '../../../usecases/requests/extend-lease.ts'
import { unknownRequest } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import { interactionKey } from '../../kit/interaction-key.ts'
import type { ActionListener } from '../../kit/listener.ts'
import type { CommandPayload } from '../../kit/payload.ts'
import type { Reply } from '../../kit/reply.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import type { FeatureParts } from '../feature.ts'
import type { TypedLine } from '../request/request-line.ts'
import { openProof } from '../step-up/ask.ts'
import { extensionSubmittedSentence, notExtendedSentence } from './answers.ts'
import { type ExtendForm, extendForm } from './form.ts'

type OpenParts = Pick<FeatureParts, 'ports' | 'opener'>

/** Extend… opens the form, for the holder of a lease that can be extended. */
export function extendAction({ ports, opener }: OpenParts): ActionListener {
  return async ({ by, value, triggerId, responseUrl }, reply) => {
    await reply.acknowledge()
    const requestId = parseRequestId(value)
    if (!requestId) return reply.ephemeral(textMessage(unknownRequest))
    await openForm({ ports, opener }, { by, requestId, triggerId }, { ...nothingTyped, responseUrl }, reply)
  }
}

const nothingTyped = { duration: null, justification: '', ticket: null, problems: [] }

async function openForm(
  { ports, opener }: OpenParts,
  { by, requestId, triggerId }: Pick<CommandPayload, 'by' | 'triggerId'> & { readonly requestId: string },
  typed: Omit<ExtendForm, 'ticketMatters'>,
  reply: Reply,
): Promise<void> {
  const answer = await mayExtend(ports, { by, requestId })
  if (answer.kind !== 'may') return reply.ephemeral(textMessage(notExtendedSentence(answer)))
  const { longest, entitlement } = answer
  if (longest.seconds === 0)
    return reply.ephemeral(textMessage(`⛔ ${longest.refusal(entitlement.defaultDurationSeconds)}`))
  const form = extendForm(answer, { ...typed, ticketMatters: ports.policy.readsTicket })
  await opener.open(triggerId, form, reply)
}

/**
 * `/request-access extend AR-1042 for 1h because …` asks before it acknowledges, so that the answer is about a recorded request.
 * Where something is missing or wrong it opens the form.
 */
export async function extendLine(
  { ports, opener }: OpenParts,
  { by, triggerId, responseUrl }: CommandPayload,
  { resourceId, entitlementId, strays, ...typed }: TypedLine,
  reply: Reply,
): Promise<void> {
  const reference = parseReference(resourceId)
  const found = reference && (await ports.store.histories.byReference(reference))
  if (!found) return reply.ephemeral(textMessage(unknownReference))
  const requestId = found.request.id
  const open = async (problems: ExtendForm['problems']) => {
    await reply.acknowledge()
    await openForm(
      { ports, opener },
      { by, requestId, triggerId },
      { ...typed, problems, responseUrl },
      reply,
    )
  }
  const unread = [entitlementId, ...strays].filter((word) => word !== '').join(' ')
  if (unread !== '') return open([{ field: 'justification', message: strayText(unread) }])
  const submissionKey = interactionKey('command', triggerId)
  const answer = await extendLease(ports, { ...typed, by, requestId, submissionKey })
  switch (answer.kind) {
    case 'submitted':
      return reply.ephemeral(textMessage(extensionSubmittedSentence(answer.history, answer.reachedLimit)))
    case 'invalid':
      return open(answer.problems)
    case 'needs_proof':
      return openProof({ ports, opener }, { by, triggerId }, answer.intent, reply)
    default:
      return reply.ephemeral(textMessage(notExtendedSentence(answer)))
  }
}

function strayText(words: string): string {
  return `I did not understand “${words.slice(0, 80)}”. In one line, write the reason after the word “because”.`
}

const unknownReference =
  'There is no such lease of yours. Write the reference of your access, such as `/request-access extend AR-1042 for 1h because …`.'
