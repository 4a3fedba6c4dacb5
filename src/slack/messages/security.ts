import type { KnownBlock } from '@slack/types'
import type { Evidence } from '../../domain/connector.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { goneText } from '../kit/assurance.ts'
import { context, header, type MessageContent, section } from '../kit/blocks.ts'
import { causeText } from '../kit/outcome.ts'
import { phaseOf } from '../kit/phase.ts'
import { taskBlocks } from '../kit/tasks.ts'
import { whatIsAsked } from '../kit/terms.ts'
import { mention, moment, plain } from '../kit/text.ts'

/** A revocation failed: the holder, the failure and the next step. Edited after a read-back shows that the access is gone. */
export function securityMessage(history: RequestHistory): MessageContent {
  const { request, requester } = history
  const who = mention(requester.userId)
  const what = whatIsAsked(request)
  if (phaseOf(history) !== 'revocation_failed') {
    const gone = history.grant && 'removed' in history.grant ? history.grant.removed : null
    const text = gone
      ? `✅ ${request.reference}: access of ${who} to ${what} ${goneNow(gone)}`
      : `⏳ ${request.reference}: ${waitsFor(history)} remove access of ${who} to ${what}. It may still be open.`
    return { text, blocks: [section(text)] }
  }
  const text = `🚨 ACCESS MAY STILL BE OPEN · ${request.reference}: ${who} may still hold ${what}`
  const blocks: KnownBlock[] = [
    header(`🚨 ACCESS MAY STILL BE OPEN · ${request.reference}`),
    section(`${who} may still hold ${what}. ${causeText(history)}, but removing it failed.`),
    ...failureBlocks(history),
    ...taskBlocks(history),
    context(
      'Daypass tries again until a check at the target shows that the access is gone. ' +
        'If you cannot wait, remove the access at the target by hand. Daypass then notices it and changes this message.',
    ),
  ]
  return { text, blocks }
}

function goneNow(gone: Evidence): string {
  const isRead = (gone.proof ?? 'real') === 'real' && gone.remains === undefined
  return isRead ? `is gone now, read back ${moment(gone.readAt, 'exact')}.` : goneText(gone)
}

function waitsFor({ grant }: RequestHistory): string {
  return grant?.status === 'revoking' && grant.awaits !== undefined
    ? 'waiting for a person to'
    : 'trying again to'
}

function failureBlocks({ grant }: RequestHistory): KnownBlock[] {
  if (grant?.status !== 'revocation_failed') return []
  return [
    context(`Attempt ${grant.attempts} failed ${moment(grant.failure.at, 'exact')}:`),
    { type: 'section', text: plain(grant.failure.message) },
  ]
}
