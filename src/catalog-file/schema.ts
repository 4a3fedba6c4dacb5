import { z } from 'zod'
import { type ConnectorSettings, idPattern, risks } from '../domain/catalog.ts'
import type { EntitlementContent } from '../domain/entitlement-content.ts'
import { matchesTicket, problemOfTicketPattern } from '../domain/ticket-pattern.ts'
import { approvalKeys } from './approvals.ts'
import { approvers, channel, duration, line, personOrGroup, problem } from './values.ts'

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
  ...approvalKeys,
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
export const approvalsSchema = z.object(approvalKeys)

export const ownersSchema = z.strictObject({
  channel: channel.describe('Where the owners are asked'),
  approvers: approvers.describe('Who may decide: users and user groups'),
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
      drift: z
        .strictObject({
          unaccounted: z
            .enum(['remove', 'announce'])
            .default('remove')
            .describe(
              'Access of Daypass that no grant accounts for: removed after a while, or only announced',
            ),
          removeAfter: duration
            .prefault('10m')
            .describe('The time between the announcement and the removal of such access'),
          missing: z
            .enum(['restore', 'end'])
            .default('restore')
            .describe('Active access that somebody removed at the target: given again, or its lease ends'),
        })
        .optional()
        .describe('What becomes of access at a target that disagrees with the grants'),
    })
    .prefault({})
    .describe('For every resource'),
  resources: z.record(z.string(), z.unknown()).describe('The systems, by id'),
})
