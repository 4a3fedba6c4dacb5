import { z } from 'zod'
import { type ConnectorSettings, idPattern, risks } from '../domain/catalog.ts'
import { describeDurationProblem, parseDuration } from '../domain/duration.ts'
import type { EntitlementContent } from '../domain/entitlement-content.ts'
import { matchesTicket, problemOfTicketPattern } from '../domain/ticket-pattern.ts'

/** Reads a value at its place in the file; null if it reported problems. */
type Read = <Schema extends z.ZodObject>(schema: Schema) => z.output<Schema> | null

/** One connector's part of the catalog: its settings, and its own keys of each entitlement. */
export interface CatalogConnector {
  readonly kind: string
  /** Keys and types of `connector`, without `kind`. */
  readonly settings: z.ZodObject
  readonly entitlement: z.ZodObject
  readSettings(read: Read): ConnectorSettings | null
  readContent(read: Read): EntitlementContent | null
}

/** A message in two parts: the problem, and the text to write instead. */
function problem(what: string, remedy: string): string {
  return `${what}\n${remedy}`
}

const channel = z
  .string()
  .regex(
    /^[CG][A-Z0-9]{2,}$/,
    problem(
      'This is no channel id.',
      'Copy it from the foot of the channel’s “About” tab in Slack: `C0ORDERS`.',
    ),
  )
  .describe('Id of a Slack channel: C0ORDERS')

const personOrGroup = z
  .string()
  .regex(
    /^[UWS][A-Z0-9]{2,}$/,
    problem(
      'This is the id of no user and no user group.',
      'Write ids, not names: users begin with `U` or `W` (“Copy member ID” in their profile), user groups with `S`.',
    ),
  )
  .describe('Id of a Slack user (U… or W…) or user group (S…)')

const durationExamples = 'Write a number with its unit, such as `45m`, `2h` or `1h30m`.'
const duration = z
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

function line(maxLength: number) {
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

const ticketPattern = z.string().superRefine((pattern, context) => {
  const why = problemOfTicketPattern(pattern)
  if (why === null) return
  const remedy =
    'Write it as RE2 takes it, without look-around and back-references: `[A-Z]+-[0-9]+`. See https://github.com/google/re2/wiki/Syntax.'
  context.addIssue({
    code: 'custom',
    message: problem(`This is no usable regular expression: ${why}.`, remedy),
  })
})

const maxDuration = duration.describe('The longest lease that may be asked for')
const defaultDuration = duration.optional().describe('Default: 1h, or maxDuration where that is less')
const approvals = z
  .int()
  .min(1, problem('Nothing is granted without anybody’s approval.', 'Write 1 or more.'))
  .max(20)
  .default(1)
  .describe('How many distinct people must approve')

const perPersonAndDay = z
  .int()
  .min(0)
  .max(1000)
  .describe('How many leases one person may take by rule within 24 hours, on all systems together')

const tags = z
  .array(
    z
      .string()
      .regex(
        idPattern,
        problem('This is no tag.', 'Write small letters, digits and dashes: `personal-data`.'),
      ),
  )
  .max(20)
  .default([])

/** The keys of every entitlement, for all connectors. */
export const entitlementSchema = z.object({
  name: line(75).describe('What people read in Slack'),
  description: line(300).optional().describe('What it is good for, shown in the form'),
  risk: z.enum(risks).describe('How much harm it can do'),
  tags: tags.describe('Words that policies can ask for, besides those of its resource'),
  maxDuration,
  defaultDuration,
  approvals,
  justification: z
    .strictObject({ minLength: z.int().min(0).max(1000).default(10).describe('Least length, in characters') })
    .prefault({})
    .describe('What the requester must say of “why”'),
  ticket: z
    .strictObject({
      pattern: ticketPattern.optional().describe('Regular expression that the whole ticket must match'),
      example: line(100).optional().describe('A ticket that matches, shown in the form: OPS-123'),
      required: z.boolean().default(false).describe('Whether a request must name a ticket'),
    })
    .superRefine(({ pattern, example }, context) => {
      if (pattern === undefined || example === undefined) return
      if (problemOfTicketPattern(pattern) !== null || matchesTicket(pattern, example)) return
      context.addIssue({
        code: 'custom',
        path: ['example'],
        message: problem(
          `“${example}” does not match \`pattern\`.`,
          'Write a ticket that matches, or correct the pattern.',
        ),
      })
    })
    .prefault({})
    .describe('The ticket that a request may or must name'),
  selfServe: z
    .strictObject({ perPersonAndDay: perPersonAndDay.optional() })
    .optional()
    .describe('The limit on approval by rule (the policy action selfServe)'),
  breakGlass: z
    .strictObject({ maxDuration: duration.describe('The longest lease that may be taken in an emergency') })
    .optional()
    .describe('Lets people whom policy permits take it in an emergency. Absent: nobody can'),
})

/** The parts that are weighed against each other, read on their own so that one fault does not hide another. */
export const limitsSchema = z.object({ maxDuration, defaultDuration })
export const breakGlassLimitsSchema = z.object({
  maxDuration,
  breakGlass: z.object({ maxDuration: duration }),
})
export const approvalsSchema = z.object({ approvals })

export const ownersSchema = z.strictObject({
  channel: channel.describe('Where the owners are asked'),
  approvers: z
    .array(personOrGroup)
    .min(1, problem('Nobody could approve.', 'Name users (`U…`, `W…`) or user groups (`S…`).'))
    .describe('Who may decide: users and user groups'),
})

/** A resource, but for what depends on its connector. */
export const resourceSchema = z.strictObject({
  name: line(75).describe('What people read in Slack'),
  environment: line(40).optional().describe('production, staging, ...: policies can ask for it'),
  tags: tags.describe('Words that policies can ask for, for every entitlement of the resource'),
  owners: ownersSchema.describe('Who answers for the resource'),
  connector: z.looseObject({ kind: z.string() }).describe('How Daypass reaches the system'),
  entitlements: z.record(z.string(), z.unknown()).describe('What can be asked for, by id'),
})

export const catalogSchema = z.strictObject({
  version: z
    .literal(1, problem('This version of the catalog is not known.', 'Write `version: 1`.'))
    .describe('Of the catalog’s format: 1'),
  security: z
    .strictObject({
      channel: channel.describe('Told about failures and drift'),
      leads: z
        .array(personOrGroup)
        .min(1, problem('Nobody would look after security.', 'Name at least one user or user group.'))
        .describe('Who may audit and revoke anything'),
    })
    .describe('Who looks after Daypass'),
  defaults: z
    .strictObject({
      requestTimeout: duration.prefault('8h').describe('A pending request expires after this'),
      remindAfter: duration.prefault('15m').describe('When the owners are reminded of a pending request'),
      expiryNotices: z
        .array(duration)
        .max(10)
        .prefault(['15m', '5m'])
        .describe('Times before the end at which the holder gets a notice'),
      requestsPerHour: z
        .int()
        .min(1)
        .max(10_000)
        .default(20)
        .describe('How many requests one person may submit within an hour'),
      selfServe: z
        .strictObject({ perPersonAndDay: perPersonAndDay.default(10) })
        .prefault({})
        .describe('The limit on approval by rule (the policy action selfServe)'),
      longestPreApproval: duration
        .prefault('90d')
        .describe('How long a pre-approval may be good for at the most'),
    })
    .prefault({})
    .describe('For every resource'),
  resources: z.record(z.string(), z.unknown()).describe('The systems, by id'),
})
