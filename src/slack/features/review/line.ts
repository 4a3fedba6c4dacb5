import { parseCampaignReference } from '../../../domain/campaign.ts'

/** The parsed text after `/audit review`. */
export type ReviewLine =
  | { readonly kind: 'list' | 'help' }
  | { readonly kind: 'start'; readonly name: string | null }
  | { readonly kind: 'show' | 'close'; readonly reference: string }

/** Reads `review start quarterly`, `review list`, `review show RV-3`, `review close RV-3`. Null: the line asks for something else. */
export function parseReviewLine(text: string): ReviewLine | null {
  const [first, verb = 'list', name, ...more] = text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (!/^reviews?$/i.test(first ?? '')) return null
  const word = verb.toLowerCase()
  if (parseCampaignReference(verb) !== null && name === undefined)
    return { kind: 'show', reference: verb.toUpperCase() }
  if (word === 'list' && name === undefined) return { kind: 'list' }
  if (word === 'start' && more.length === 0) return { kind: 'start', name: name ?? null }
  if ((word === 'show' || word === 'close') && name !== undefined && more.length === 0)
    return { kind: word, reference: name.toUpperCase() }
  return { kind: 'help' }
}
