import { startOfDay } from '../../../domain/calendar-day.ts'
import {
  type DurationProblem,
  formatDuration,
  longestDurationSeconds,
  parseDuration,
} from '../../../domain/duration.ts'
import { parseReference } from '../../../domain/request.ts'
import type { AuditListQuery, AuditQuery } from '../../../usecases/audit/query-audit.ts'
import { clip, clockTime, code } from '../../kit/text.ts'

/** The parsed text after `/audit`. `message` is mrkdwn; typed text in it is code, so that Slack does not format it. */
export type AuditLine =
  | { readonly kind: 'query'; readonly query: AuditQuery }
  | { readonly kind: 'help' }
  | { readonly kind: 'problem'; readonly message: string }

/** Rows before a typed page are read and left out, so that far pages would take long. */
export const mostPages = 100
const tooFar = `\`page\` goes to ${mostPages}. For older requests name a day: \`to 2026-11-01\`.`

type Draft = { -readonly [Key in keyof AuditListQuery]: AuditListQuery[Key] } & { scopeGiven: boolean }

/** The result of reading one term: the number of words that it took, or the problem. */
type Taken = number | { readonly problem: string }

/**
 * Reads the text after `/audit`: nothing (active grants), a person, a resource, a reference, `from DAY [to DAY]`,
 * `last 7d`, `last month`, `yesterday`, `active`, `upcoming`, `failed`, `pending`, `page 2`, in any order. Days are days of `timeZone`; the day of `to` is included.
 */
export function parseAuditLine(text: string, now: Date, timeZone: string): AuditLine {
  const words = text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
  const first = words[0] ?? ''
  if (/^(help|\?|--help|-h)$/i.test(first)) return { kind: 'help' }
  const reference = parseReference(first)
  if (reference && words.length === 1) return { kind: 'query', query: { kind: 'history', reference } }
  const draft: Draft = {
    kind: 'list',
    scope: 'any',
    userId: null,
    resourceId: null,
    from: null,
    to: null,
    place: { kind: 'page', page: 1 },
    scopeGiven: false,
  }
  for (let at = 0; at < words.length; ) {
    const taken = take(words.slice(at), draft, now, timeZone)
    if (typeof taken !== 'number') return { kind: 'problem', message: taken.problem }
    at += taken
  }
  return finish(draft)
}

function finish({ scopeGiven, ...query }: Draft): AuditLine {
  const { userId, resourceId, from, to } = query
  if (from && to && from > to)
    return problem('The range ends before it begins: `from` must not be after `to`.')
  // Without a filter, the answer is the access that is active now.
  const nothingNamed = userId === null && resourceId === null && from === null && to === null
  const scope = scopeGiven || !nothingNamed ? query.scope : 'live'
  return { kind: 'query', query: { ...query, scope } }
}

function take(words: readonly string[], draft: Draft, now: Date, timeZone: string): Taken {
  const [word = '', next] = words
  switch (word.toLowerCase()) {
    case 'from':
    case 'to':
      return takeDay(word.toLowerCase() === 'from' ? 'from' : 'to', next, draft, timeZone)
    case 'last':
      return isPeriod(next) ? takePeriod(next, draft, now, timeZone, 2) : takeLast(next, draft, now)
    case 'page':
      return takePage(next, draft)
    case 'today':
    case 'yesterday':
      return takePeriod(word.toLowerCase() as Period, draft, now, timeZone)
    case 'active':
    case 'upcoming':
    case 'failed':
    case 'pending':
    case 'all':
      draft.scope = scopes[word.toLowerCase() as keyof typeof scopes]
      draft.scopeGiven = true
      return 1
    default:
      return takeName(word, draft)
  }
}

const scopes = {
  active: 'live',
  upcoming: 'scheduled',
  failed: 'failed',
  pending: 'pending',
  all: 'any',
} as const

function takeDay(edge: 'from' | 'to', day: string | undefined, draft: Draft, timeZone: string): Taken {
  if (day === undefined) return { problem: `Write a day after \`${edge}\`: \`${edge} 2026-11-01\`.` }
  const begins = startOfDay(day, timeZone)
  const after = startOfDay(day, timeZone, 1)
  if (!begins || !after)
    return { problem: `\`${edge}\` needs a day such as \`2026-11-01\`, not ${shown(day)}.` }
  if (edge === 'from') draft.from = begins
  else draft.to = new Date(after.getTime() - 1)
  return 2
}

const periods = ['today', 'yesterday', 'week', 'month', 'year'] as const
type Period = (typeof periods)[number]

function isPeriod(word: string | undefined): word is Period {
  return word === 'week' || word === 'month' || word === 'year'
}

/** Days, weeks (from Monday), months and years of the calendar: `last month` in March is all of February. */
function takePeriod(period: Period, draft: Draft, now: Date, timeZone: string, words = 1): Taken {
  const [begins, ends] = daysOf(period, clockTime(now, timeZone).slice(0, 10))
  draft.from = startOfDay(begins, timeZone)
  const after = startOfDay(ends, timeZone)
  draft.to = after && new Date(after.getTime() - 1)
  return words
}

/** The first day of the period, and the first day after it. */
function daysOf(period: Period, today: string): [string, string] {
  const [year = 0, month = 1, day = 1] = today.split('-').map(Number)
  const dayAt = (y: number, m: number, d: number) =>
    new Date(Date.UTC(y, m - 1, d)).toISOString().slice(0, 10)
  const sinceMonday = (new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7
  switch (period) {
    case 'today':
      return [today, dayAt(year, month, day + 1)]
    case 'yesterday':
      return [dayAt(year, month, day - 1), today]
    case 'week':
      return [dayAt(year, month, day - sinceMonday - 7), dayAt(year, month, day - sinceMonday)]
    case 'month':
      return [dayAt(year, month - 1, 1), dayAt(year, month, 1)]
    case 'year':
      return [dayAt(year - 1, 1, 1), dayAt(year, 1, 1)]
  }
}

function takeLast(text: string | undefined, draft: Draft, now: Date): Taken {
  if (text === undefined) return { problem: 'Write how far back after `last`: `last 7d`.' }
  const duration = parseDuration(text)
  if (!duration.ok) return { problem: lastProblem(duration.problem, text) }
  draft.from = new Date(now.getTime() - duration.seconds * 1000)
  return 2
}

function lastProblem(problem: DurationProblem, text: string): string {
  switch (problem) {
    case 'too_long':
      return `\`last\` reaches back \`${formatDuration(longestDurationSeconds)}\` (ten years) at the most, not ${shown(text)}.`
    case 'zero':
      return '`last` needs more than zero: `last 7d`.'
    default:
      return `\`last\` needs a duration such as \`7d\` or \`12h\`, not ${shown(text)}.`
  }
}

function takePage(text: string | undefined, draft: Draft): Taken {
  if (text === undefined) return { problem: 'Write a number after `page`: `page 2`.' }
  if (!/^[1-9]\d{0,5}$/.test(text)) return { problem: `\`page\` needs a number from 1, not ${shown(text)}.` }
  const page = Number(text)
  if (page > mostPages) return { problem: tooFar }
  draft.place = { kind: 'page', page }
  return 2
}

function takeName(word: string, draft: Draft): Taken {
  const user = /^<@([UW][A-Z0-9]{1,30})(?:\|[^>]*)?>$/.exec(word)
  if (user?.[1]) return setOnce(draft, 'userId', user[1], 'person')
  const problem = nameProblem(word)
  return problem === null ? setOnce(draft, 'resourceId', word, 'resource') : { problem }
}

/** The reason why a word cannot be the name of a resource, or null. */
function nameProblem(word: string): string | null {
  if (word.startsWith('@'))
    return `Slack did not say who ${shown(word)} is. Type \`@\` and pick the person from the list that opens.`
  if (parseReference(word)) return `Write a reference alone: \`/audit ${word.toUpperCase()}\`.`
  if (/^AR-\d+$/i.test(word)) return `${shown(word)} is no reference. A reference looks like \`AR-1042\`.`
  if (/^\d{4}-\d{2}-\d{2}$/.test(word))
    return `${shown(word)} is a day. Write \`from ${word}\`, or \`from ${word} to ${word}\` for that day alone.`
  if (/^[\p{L}\p{N}][\p{L}\p{N}._/-]{0,149}$/u.test(word)) return null
  return `I do not understand ${shown(word)}. Try \`/audit help\`.`
}

function setOnce(draft: Draft, key: 'userId' | 'resourceId', value: string, what: string): Taken {
  if (draft[key] !== null) return { problem: `One ${what} at a time, please: ${shown(value)} is the second.` }
  draft[key] = value
  return 1
}

function problem(message: string): AuditLine {
  return { kind: 'problem', message }
}

function shown(word: string): string {
  return code(clip(word, 40))
}
