import type { RequestHistory } from '../../../domain/request-history.ts'
import type { AssessedPart } from '../../../usecases/_shared/assess-bundle.ts'
import { labelOf, phaseOf } from '../../kit/phase.ts'
import { whatInShort } from '../../kit/terms.ts'
import { countOf, inline } from '../../kit/text.ts'

export const noSuchBundle =
  'This bundle is not in the catalog any more, so nothing was sent. Please choose again.'

/** The requester reads this after the requests are on record. */
export function bundleSubmitted(
  histories: readonly RequestHistory[],
  leftOut: readonly AssessedPart[],
): string {
  const name = histories[0]?.bundle?.name ?? 'the bundle'
  const lines = histories.map((history) => {
    const { request } = history
    const state = request.status === 'pending' ? 'the owners decide' : labelOf(phaseOf(history))
    return `• *${request.reference}* ${whatInShort(request)}: ${state}`
  })
  const left =
    leftOut.length === 0 ? '' : `\n${countOf(leftOut.length, 'part')} left out: ${namesOf(leftOut)}.`
  return (
    `Asked for *${inline(name, 64)}*:\n${lines.join('\n')}${left}\n` +
    'I will write to you about each part in a direct message.'
  )
}

function namesOf(parts: readonly AssessedPart[]): string {
  return parts.map(({ entitlement }) => inline(entitlement.name, 40)).join(', ')
}

/** The limit on requests is Daypass's own. */
export function tooManyParts(limit: number, parts: number): string {
  return `⚠️ These are ${countOf(parts, 'request')}, and you may send ${limit} within an hour. Please wait a little, or ask the owners directly.`
}
