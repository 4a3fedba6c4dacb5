import type { PlainTextOption } from '@slack/types'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import { formatDuration } from '../../domain/duration.ts'
import { countOf, oneLine, plain } from '../text.ts'
import { riskWords } from './terms.ts'

/** Slack shows no more options at a time. */
export const mostOptions = 100

/** The answer to somebody typing into a select: options, or a group whose label says that there are more. */
export type Suggestions =
  | { readonly options: PlainTextOption[] }
  | { readonly option_groups: { label: PlainTextOption['text']; options: PlainTextOption[] }[] }

export function resourceOption(resource: Resource): PlainTextOption {
  const described = [resource.environment, resource.id].filter((part) => part !== null).join(' · ')
  return {
    text: plain(oneLine(resource.name), 75),
    value: resource.id,
    description: plain(oneLine(described), 75),
  }
}

export function entitlementOption(entitlement: Entitlement): PlainTextOption {
  const { approvals, maxDurationSeconds, risk } = entitlement
  const described = `${riskWords(risk)} risk · up to ${formatDuration(maxDurationSeconds)} · ${countOf(approvals, 'approval')}`
  return {
    text: plain(oneLine(entitlement.name), 75),
    value: entitlement.id,
    description: plain(described, 75),
  }
}

/** Value of an option that only says something. No id of the catalog begins so. */
const sayingValue = '!'

/** An option that only says something: where nothing can be chosen, a list must still say why. */
export function saying(text: string): Suggestions {
  return { options: [{ text: plain(text, 75), value: sayingValue }] }
}

/** Those that match what was typed, the closest first; a hundred at the most, and then it says so. */
export function suggest<T>(
  all: readonly T[],
  typed: string,
  words: (item: T) => readonly string[],
  optionOf: (item: T) => PlainTextOption,
): Suggestions {
  const wanted = typed.trim().toLowerCase()
  const found = all
    .map((item) => ({ item, rank: rankOf(words(item), wanted) }))
    .filter(({ rank }) => rank < 3)
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item)
  if (found.length === 0)
    return saying(
      all.length === 0 ? 'Nothing here that you may ask for' : 'Nothing matches; try fewer letters',
    )
  const options = found.slice(0, mostOptions).map(optionOf)
  if (found.length <= mostOptions) return { options }
  return {
    option_groups: [{ label: plain(`First ${mostOptions} of ${found.length}: keep typing`, 75), options }],
  }
}

/** 0 begins with it, 1 has a word that begins with it, 2 holds it somewhere, 3 has nothing of it. */
function rankOf(words: readonly string[], wanted: string): number {
  const ranks = words.map((raw) => {
    const word = raw.toLowerCase()
    if (word.startsWith(wanted)) return 0
    const at = word.indexOf(wanted)
    if (at < 0) return 3
    return /[\s._/-]/.test(word[at - 1] ?? '') ? 1 : 2
  })
  return Math.min(3, ...ranks)
}
