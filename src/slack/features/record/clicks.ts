import type { KeptFromErasure } from '../../../domain/transaction.ts'
import { type AnswerErasureAnswer, answerErasure } from '../../../usecases/privacy/answer-erasure.ts'
import { type AcknowledgeAnswer, acknowledgeFaults } from '../../../usecases/record/acknowledge-faults.ts'
import { outdatedButton } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { parseRequestId } from '../../kit/request-id.ts'
import { code } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'

/** Acknowledge: security has read of these faults. */
export function acknowledgeAction({ ports }: Pick<FeatureParts, 'ports'>): ActionListener {
  return async ({ by, value }, reply) => {
    const until = new Date(value)
    if (Number.isNaN(until.getTime())) return reply.ephemeral(textMessage(outdatedButton))
    const answer = await acknowledgeFaults(ports, { by, until })
    return reply.ephemeral(textMessage(acknowledgeText(answer)))
  }
}

function acknowledgeText(answer: AcknowledgeAnswer): string {
  switch (answer.kind) {
    case 'acknowledged':
      return `Acknowledged and recorded: ${answer.count} ${answer.count === 1 ? 'fault' : 'faults'}. Daypass tells you of new faults only.`
    case 'nothing_open':
      return 'Somebody has acknowledged this before.'
    case 'refused':
      return onlyLeads
  }
}

/** Erase and Do not erase: the answer of the second security lead. */
export function answerErasureAction(
  { ports }: Pick<FeatureParts, 'ports'>,
  confirmed: boolean,
): ActionListener {
  return async ({ by, value }, reply) => {
    const erasureId = parseRequestId(value)
    if (!erasureId) return reply.ephemeral(textMessage(outdatedButton))
    const answer = await answerErasure(ports, { by, erasureId, confirmed })
    return reply.ephemeral(textMessage(erasureText(answer)))
  }
}

const onlyLeads = '⛔ Only security leads may do this.'

function erasureText(answer: AnswerErasureAnswer): string {
  switch (answer.kind) {
    case 'erased':
      return `Erased: ${answer.texts} ${answer.texts === 1 ? 'text' : 'texts'}. Messages that show them are being edited. The events stay, and their proofs hold.${keptText(answer.kept)}`
    case 'declined':
      return 'Declined and recorded. Nothing was erased.'
    case 'answered_before':
      return 'Somebody has answered this before.'
    case 'unknown':
      return outdatedButton
    case 'refused':
      return answer.because === 'own'
        ? '⛔ You asked for this erasure, so another security lead has to confirm it.'
        : onlyLeads
  }
}

function keptText(kept: readonly KeptFromErasure[]): string {
  const lines = kept.map(({ reference, requests }) => {
    const named = requests.slice(0, 10).join(', ')
    const more = requests.length > 10 ? ` and ${requests.length - 10} more` : ''
    return `\n🔒 The legal hold ${code(reference)} keeps ${named ? `everything of ${named}${more}` : 'what it covers'}. Ask again when it is lifted.`
  })
  return lines.join('')
}
