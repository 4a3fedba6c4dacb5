import type { KnownBlock } from '@slack/types'
import type { RequestHistory } from '../../domain/request-history.ts'
import { context, header, type MessageContent, section } from '../kit/blocks.ts'
import { causeText } from '../kit/outcome.ts'
import { phaseOf } from '../kit/phase.ts'
import { whatIsAsked } from '../kit/terms.ts'
import { mention, moment, plain } from '../kit/text.ts'

/** A revocation failed: who may still hold what, what went wrong, what is being done. Edited once it is gone. */
export function securityMessage(history: RequestHistory): MessageContent {
  const { request, requester } = history
  const who = mention(requester.userId)
  const what = whatIsAsked(request)
  if (phaseOf(history) !== 'revocation_failed') {
    const gone = history.grant && 'removed' in history.grant ? history.grant.removed : null
    const text = gone
      ? `✅ ${request.reference}: access of ${who} to ${what} is gone now, read back ${moment(gone.readAt, 'exact')}.`
      : `⏳ ${request.reference}: trying again to remove access of ${who} to ${what}. It may still be open.`
    return { text, blocks: [section(text)] }
  }
  const text = `🚨 ACCESS MAY STILL BE OPEN · ${request.reference}: ${who} may still hold ${what}`
  const blocks: KnownBlock[] = [
    header(`🚨 ACCESS MAY STILL BE OPEN · ${request.reference}`),
    section(`${who} may still hold ${what}. ${causeText(history)}, but removing it failed.`),
    ...failureBlocks(history),
    context(
      'Daypass retries until a read-back shows that it is gone. ' +
        'If you cannot wait, cut it off at the target by hand; Daypass will notice and say so here.',
    ),
  ]
  return { text, blocks }
}

function failureBlocks({ grant }: RequestHistory): KnownBlock[] {
  if (grant?.status !== 'revocation_failed') return []
  return [
    context(`Attempt ${grant.attempts} failed ${moment(grant.failure.at, 'exact')}:`),
    { type: 'section', text: plain(grant.failure.message) },
  ]
}
