import { parseReference } from '../../../domain/request.ts'
import type { AccountKey } from '../../../usecases/_shared/person.ts'
import { queryAudit } from '../../../usecases/audit/query-audit.ts'
import { proveRequest, type RequestProof } from '../../../usecases/record/prove-request.ts'
import { context, header, type MessageContent, section, textMessage } from '../../kit/blocks.ts'
import { removedText } from '../../kit/removed.ts'
import { code } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { auditAnswer } from './answer.ts'

/** The reference in `AR-1042 proof`. Null: the line asks for something else. */
export function parseProofLine(text: string): string | null {
  const [reference, word, ...rest] = text.trim().split(/\s+/)
  return word?.toLowerCase() === 'proof' && rest.length === 0 ? parseReference(reference ?? '') : null
}

/** Whether the events of a request are in the signed record. Policy says who may ask, and the question is recorded. */
export async function proofAnswer(
  { ports }: Pick<FeatureParts, 'ports'>,
  by: AccountKey,
  reference: string,
): Promise<MessageContent> {
  const answer = await queryAudit(ports, { by, query: { kind: 'history', reference } })
  if (answer.kind !== 'history') return auditAnswer(ports.catalog, answer, { shared: false })
  const proof = await proveRequest(ports.record, answer.history.request)
  return proof
    ? proofMessage(proof)
    : textMessage('No checkpoint was signed yet. Please ask again in a minute.')
}

function proofMessage(proof: RequestProof): MessageContent {
  const { reference, events, notSignedYet, removed, checkpoint, key, size } = proof
  const failed = events.filter(({ holds }) => !holds)
  const later = events.filter(({ sequencedLater }) => sequencedLater).length
  const verdict =
    failed.length === 0
      ? `✅ All ${events.length} events of ${reference} are in the signed record of ${size} events.`
      : `🚨 ${failed.length} of ${events.length} events of ${reference} are not those that were signed: ${failed.map(({ position, event }) => `${event.action} at position ${position}`).join(', ')}. Tell security.`
  const notes = [
    notSignedYet > 0 ? `${notSignedYet} newer events wait for the next checkpoint.` : null,
    ...removed.map(removedText),
    later > 0 ? `${later} events are older than the record and got their positions later.` : null,
  ].filter((note) => note !== null)
  return {
    text: verdict,
    blocks: [
      header(`Proof · ${reference}`),
      section([verdict, ...notes].join('\n')),
      section(
        events
          .slice(0, 30)
          .map(({ position, event, holds }) => `${holds ? '✓' : '✘'} ${position} ${code(event.action)}`)
          .join('\n') || 'No events.',
      ),
      section(`\`\`\`${checkpoint}\`\`\``),
      context(`Key: ${code(key)}. \`daypass audit prove ${reference}\` writes the proofs for an auditor.`),
    ],
  }
}
