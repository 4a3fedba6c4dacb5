import { startOfDay } from '../../../domain/calendar-day.ts'
import { type NamedHoldScope, parseHoldReference } from '../../../domain/record/legal-hold.ts'
import { parseReference } from '../../../domain/request.ts'
import { clip, code, unescaped } from '../../kit/text.ts'

/** The parsed text after `/audit hold`. `message` is mrkdwn. */
export type HoldLine =
  | { readonly kind: 'list' }
  | { readonly kind: 'lift'; readonly reference: string }
  | {
      readonly kind: 'place'
      readonly named: NamedHoldScope
      readonly from: Date | null
      readonly to: Date | null
      readonly reason: string
    }
  | { readonly kind: 'problem'; readonly message: string }

/**
 * Reads `holds`, `hold @carla from 2026-11-01 to 2026-11-20 because …`, `hold orders-db because …`, `hold AR-1042 because …`,
 * `hold everything because …`, `hold lift LH-3`. Days are days of `timeZone`. Null: the line asks for something else.
 */
export function parseHoldLine(text: string, timeZone: string): HoldLine | null {
  const because = /\sbecause(?:\s|$)/i.exec(text)
  const words = (because ? text.slice(0, because.index) : text).split(/\s+/).filter((word) => word !== '')
  const [first = '', name, ...rest] = words
  if (!/^holds?$/i.test(first)) return null
  if (name === undefined) return { kind: 'list' }
  if (/^lift$/i.test(name)) {
    const [reference = '', ...more] = rest
    return parseHoldReference(reference) === null || more.length > 0
      ? problem('Name the hold to lift: `/audit hold lift LH-3`.')
      : { kind: 'lift', reference: reference.toUpperCase() }
  }
  const named = scopeIn(name)
  if (!named) return problem(`I do not understand ${shown(name)}. ${example}`)
  const days = daysIn(rest, timeZone)
  if ('kind' in days) return days
  if (!because) return problem(`Say why, after the word \`because\`. ${example}`)
  return {
    kind: 'place',
    named,
    ...days,
    reason: unescaped(text.slice(because.index + because[0].length).trim()),
  }
}

const example = 'For example: `/audit hold @carla from 2026-11-01 because Case 42`.'

function scopeIn(name: string): NamedHoldScope | null {
  const user = /^<@([UW][A-Z0-9]{1,30})(?:\|[^>]*)?>$/.exec(name)
  if (user?.[1]) return { kind: 'person', userId: user[1] }
  if (/^(everything|all)$/i.test(name)) return { kind: 'all' }
  const reference = parseReference(name)
  if (reference) return { kind: 'request', reference }
  return /^[a-z0-9][a-z0-9-]{0,62}$/i.test(name) ? { kind: 'resource', resourceId: name.toLowerCase() } : null
}

function daysIn(
  words: readonly string[],
  timeZone: string,
): { from: Date | null; to: Date | null } | Extract<HoldLine, { kind: 'problem' }> {
  const days: { from: Date | null; to: Date | null } = { from: null, to: null }
  for (let at = 0; at < words.length; at += 2) {
    const word = words[at]?.toLowerCase()
    if (word !== 'from' && word !== 'to')
      return problem(`I do not understand ${shown(words[at] ?? '')}. ${example}`)
    const day = words[at + 1] ?? ''
    const instant = startOfDay(day, timeZone, word === 'to' ? 1 : 0)
    if (!instant) return problem(`\`${word}\` needs a day such as \`2026-11-01\`, not ${shown(day)}.`)
    days[word] = word === 'to' ? new Date(instant.getTime() - 1) : instant
  }
  return days
}

function problem(message: string): Extract<HoldLine, { kind: 'problem' }> {
  return { kind: 'problem', message }
}

function shown(word: string): string {
  return code(clip(word, 40))
}
