import { z } from 'zod'
import { rangeProblem } from '../addresses.ts'
import { describeDurationProblem, parseDuration } from '../domain/duration.ts'

/** A message in two parts: the problem, and the text to write instead. */
export function problem(what: string, remedy: string): string {
  return `${what}\n${remedy}`
}

export const channel = z
  .string()
  .regex(
    /^[CG][A-Z0-9]{2,}$/,
    problem(
      'This is no channel id.',
      'Copy it from the foot of the channel’s “About” tab in Slack: `C0ORDERS`.',
    ),
  )
  .describe('Id of a Slack channel: C0ORDERS')

export const personOrGroup = z
  .string()
  .regex(
    /^[UWS][A-Z0-9]{2,}$/,
    problem(
      'This is the id of no user and no user group.',
      'Write ids, not names: users begin with `U` or `W` (“Copy member ID” in their profile), user groups with `S`.',
    ),
  )
  .describe('Id of a Slack user (U… or W…) or user group (S…)')

/** At least one user or user group who may decide. */
export const approvers = z
  .array(personOrGroup)
  .min(1, problem('Nobody could approve.', 'Name users (`U…`, `W…`) or user groups (`S…`).'))

const durationExamples = 'Write a number with its unit, such as `45m`, `2h` or `1h30m`.'
export const duration = z
  .string({
    error: (issue) =>
      issue.input === undefined ? undefined : problem('This is not a duration.', durationExamples),
  })
  // For editors alone: `parseDuration` decides.
  .meta({
    description: '90s, 30m, 8h, 2d, or joined from large to small: 1h30m',
    pattern: '^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$|[$][{]',
  })
  .transform((text, context) => {
    const parsed = parseDuration(text)
    if (parsed.ok) return parsed.seconds
    context.addIssue({ code: 'custom', message: inTwoParts(describeDurationProblem(parsed.problem, text)) })
    return z.NEVER
  })

function inTwoParts(sentences: string): string {
  return sentences.replace(/ (?=Write a number)/, '\n')
}

export function line(maxLength: number) {
  return z
    .string()
    .trim()
    .min(1, problem('This is blank.', 'Write what people should read.'))
    .max(
      maxLength,
      problem(`This is longer than ${maxLength} characters.`, 'Shorten it: Slack would cut it off.'),
    )
    .regex(/^\P{Cc}*$/u, problem('This holds line breaks or control characters.', 'Write it on one line.'))
}

/** An IP address, or a range of them. */
export const addressRange = z.string().check((ctx) => {
  const what = rangeProblem(ctx.value)
  if (what)
    ctx.issues.push({ code: 'custom', message: problem(what, 'Write `10.20.0.0/16`.'), input: ctx.value })
})
