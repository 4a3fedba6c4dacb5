import type { ExactAction } from '../../domain/action.ts'
import type { Entitlement } from '../../domain/catalog.ts'
import { describeDurationProblem, formatDuration, parseDuration } from '../../domain/duration.ts'
import { cleanFreeText, longestFreeText } from '../../domain/free-text.ts'
import { matchesTicket } from '../../domain/ticket-pattern.ts'
import type { TicketCheck } from '../../domain/tracker.ts'
import type { FieldProblem } from './field-problem.ts'
import type { TypedStart } from './read-start.ts'

/** The fields of a form as the person typed them. */
export interface TypedTerms {
  /** Null: the default of the entitlement. */
  readonly duration: string | null
  readonly justification: string
  readonly ticket: string | null
  /** Null or absent: as soon as it is approved. */
  readonly start?: TypedStart | null
}

export interface Asked {
  readonly durationSeconds: number
  readonly startsAt: Date | null
  readonly justification: string
  readonly ticket: string | null
  readonly ticketCheck: TicketCheck | null
  /** Null: it asks for access. */
  readonly action: ExactAction | null
}

export type ReadTerms = { readonly asked: Asked } | { readonly problems: FieldProblem[] }

/** The longest time that may be asked for, and what to say to somebody who asked for more. */
export interface LongestTime {
  readonly seconds: number
  readonly refusal: (askedSeconds: number) => string
}

function longestOf({ name, maxDurationSeconds: seconds }: Entitlement): LongestTime {
  const refusal = (asked: number) =>
    `${name} is given for ${formatDuration(seconds)} at the most; you asked for ${formatDuration(asked)}.`
  return { seconds, refusal }
}

/** Reads the typed terms, but for the start, and checks them against the limits of the entitlement. Returns all problems at once. */
export function readTerms(
  entitlement: Entitlement,
  typed: TypedTerms,
  longest: LongestTime = longestOf(entitlement),
): ReadTerms {
  const problems: FieldProblem[] = []
  const durationSeconds = readDuration(entitlement, typed.duration, longest, problems)
  const justification = readJustification(entitlement, typed.justification, problems)
  const ticket = readTicket(entitlement, typed.ticket, problems)
  return problems.length > 0
    ? { problems }
    : { asked: { durationSeconds, startsAt: null, justification, ticket, ticketCheck: null, action: null } }
}

function readDuration(
  { defaultDurationSeconds }: Entitlement,
  typed: string | null,
  longest: LongestTime,
  problems: FieldProblem[],
): number {
  if (typed === null && defaultDurationSeconds <= longest.seconds) return defaultDurationSeconds
  if (typed === null && longest.seconds > 0) return longest.seconds
  if (typed === null) {
    problems.push({ field: 'duration', message: longest.refusal(defaultDurationSeconds) })
    return 0
  }
  const parsed = parseDuration(typed)
  if (!parsed.ok) {
    problems.push({ field: 'duration', message: describeDurationProblem(parsed.problem, typed) })
    return 0
  }
  if (parsed.seconds > longest.seconds)
    problems.push({ field: 'duration', message: longest.refusal(parsed.seconds) })
  return parsed.seconds
}

function readJustification(entitlement: Entitlement, typed: string, problems: FieldProblem[]): string {
  const text = cleanFreeText(typed)
  const least = Math.max(1, entitlement.justification.minLength)
  const length = [...text].length
  if (text === '') {
    problems.push({ field: 'justification', message: 'Say why you need it: the approvers read this.' })
  } else if (text.length > longestFreeText) {
    const message = `That is ${text.length} characters; ${longestFreeText} is the most that fits. Please shorten it.`
    problems.push({ field: 'justification', message })
  } else if (length < least) {
    const message = `Say a little more: at least ${least} characters, and this is ${length}.`
    problems.push({ field: 'justification', message })
  }
  return text
}

/** Explains how to write a ticket, without the regular expression, which most people cannot read. */
function describeTicketFormat({ example }: Entitlement['ticket']): string {
  return example === null
    ? 'Write the whole reference as your tracker writes it, and nothing else.'
    : `Write it as in ${example}.`
}

/** Longer than any ticket reference of the usual trackers. */
const longestTicket = 100

function readTicket(entitlement: Entitlement, typed: string | null, problems: FieldProblem[]): string | null {
  const ticket = cleanFreeText(typed ?? '').replaceAll('\n', ' ')
  const { pattern, required } = entitlement.ticket
  if (ticket === '') {
    if (required) problems.push({ field: 'ticket', message: `${entitlement.name} needs a ticket.` })
    return null
  }
  if (ticket.length > longestTicket) {
    problems.push({ field: 'ticket', message: `A ticket has ${longestTicket} characters at the most.` })
  } else if (pattern !== null && !matchesTicket(pattern, ticket)) {
    problems.push({
      field: 'ticket',
      message: `“${ticket.slice(0, 40)}” is not such a ticket. ${describeTicketFormat(entitlement.ticket)}`,
    })
  }
  return ticket
}
