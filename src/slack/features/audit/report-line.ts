import { z } from 'zod'
import { parseCampaignReference } from '../../../domain/campaign.ts'
import { type ReportParameter, reportParameters } from '../../../domain/report.ts'
import { parseReference } from '../../../domain/request.ts'
import type { GivenParameters } from '../../../usecases/reports/read-parameters.ts'
import { parseJson } from '../../kit/json.ts'
import { clip, code } from '../../kit/text.ts'

/** The parsed text after `/audit report`. `list`: which reports there are. `message` is mrkdwn. */
export type ReportLine =
  | { readonly kind: 'list' }
  | { readonly kind: 'report'; readonly name: string; readonly given: GivenParameters }
  | { readonly kind: 'problem'; readonly message: string }

/**
 * Reads `report never-used last 30d orders-db`: the name, then `from DAY`, `to DAY`, `last 30d`, `on DAY`, `state late`, `sort longest`, a day, a person, a request or a
 * resource, in any order. Null: the line asks for something else.
 */
export function parseReportLine(text: string): ReportLine | null {
  const [first, name, ...words] = asReport(text)
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (!/^reports?$/i.test(first ?? '')) return null
  if (name === undefined || name.toLowerCase() === 'help') return { kind: 'list' }
  const given = new Map<ReportParameter, string>()
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const named = (['from', 'to', 'last', 'on', 'sort', 'state', 'entitlement', 'approver'] as const).find(
      (one) => one === word.toLowerCase(),
    )
    if (named) at += 1
    const [parameter, value] = named ? ([named, userIn(words[at])] as const) : parameterOf(word)
    if (value === undefined) return problem(`Write a value after ${code(word)}.`)
    if (value.startsWith('@'))
      return problem(
        `Slack did not say who ${shown(value)} is. Type \`@\` and pick the person from the list that opens.`,
      )
    if (given.has(parameter))
      return problem(`One ${parameter} at a time, please: ${shown(value)} is the second.`)
    given.set(parameter, value)
  }
  return { kind: 'report', name: name.toLowerCase(), given: Object.fromEntries(given) }
}

/** How people ask: `orders-db never used`, `approved by @erin last 30d`. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/(?<=^|\s)(?:never|not) used(?=\s|$)/i, 'never-used'],
  [/(?<=^|\s)(?:approved|denied|decided) by(?=\s)/i, 'approver'],
  [/(?<=^|\s)longest(?: first)?(?=\s|$)/i, 'requests sort longest'],
  [/(?<=^|\s)latest end(?=\s|$)/i, 'requests sort latest-end'],
]

function asReport(text: string): string {
  if (/^\s*reports?(?=\s|$)/i.test(text)) return text
  const found = phrases.find(([phrase]) => phrase.test(text))
  return found ? `report ${found[1]} ${text.replace(found[0], ' ')}` : text
}

/** The id of a mentioned user, or the word itself. */
function userIn(word: string | undefined): string | undefined {
  return /^<@([UW][A-Z0-9]{1,30})(?:\|[^>]*)?>$/.exec(word ?? '')?.[1] ?? word
}

function parameterOf(word: string): readonly [ReportParameter, string] {
  const user = /^<@([UW][A-Z0-9]{1,30})(?:\|[^>]*)?>$/.exec(word)
  if (user?.[1]) return ['person', user[1]]
  if (parseReference(word)) return ['request', word]
  if (parseCampaignReference(word) !== null) return ['review', word]
  return [/^\d{4}-\d{2}-\d{2}$/.test(word) ? 'on' : 'resource', word]
}

function problem(message: string): ReportLine {
  return { kind: 'problem', message }
}

function shown(word: string): string {
  return code(clip(word, 40))
}

const buttonValue = z.tuple([
  z.string().max(60),
  z.partialRecord(z.enum(reportParameters), z.string().max(150)),
])

/** A report as the value of a button. Policy judges each press. */
export function reportValue(name: string, given: GivenParameters): string {
  return JSON.stringify([name, given])
}

/** Null when `reportValue` did not make the text. */
export function parseReportValue(text: string): { name: string; given: GivenParameters } | null {
  const { data } = buttonValue.safeParse(parseJson(text))
  if (!data) return null
  const [name, parameters] = data
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined)
  return { name, given: Object.fromEntries(given) }
}
