import { z } from 'zod'
import type { Parameter } from '../domain/action.ts'
import { type ConnectorSettings, idPattern, risks } from '../domain/catalog.ts'
import type { EntitlementContent } from '../domain/entitlement-content.ts'
import { namesAny, shortestKeepSeconds } from '../domain/record/retention.ts'
import { stepUpAlternatives, stepUpMethods, stepUpMoments } from '../domain/step-up.ts'
import { matchesTicket, problemOfTicketPattern } from '../domain/ticket-pattern.ts'
import { type Tracker, ticketRequirements } from '../domain/tracker.ts'
import { approvalKeys, escalationSchema } from './approvals.ts'
import { insightSchema } from './insight-schema.ts'
import { noticingSchema } from './noticing-schema.ts'
import { scheduledReportSchema } from './report-schema.ts'
import { reviewSchema } from './review-schema.ts'
import { auditSchema } from './stream-schema.ts'
import { addressRange, approvers, channel, duration, line, personOrGroup, problem } from './values.ts'

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
  /** Its own keys of each action. Null: it has no actions. */
  readonly action: {
    readonly schema: z.ZodObject
    readContent(read: Read): EntitlementContent | null
    problems(
      content: EntitlementContent,
      parameters: readonly Parameter[],
    ): readonly { readonly key: string; readonly what: string; readonly remedy: string }[]
  } | null
  readonly userGroupFor?: (content: EntitlementContent) => string | null
}

/** One kind of tracker: its own keys, and the tracker that they make. */
export interface CatalogTracker {
  readonly kind: string
  readonly settings: z.ZodObject
  /** `read` as for connectors. Null if it reported problems. */
  open(read: Read, common: CommonTracker): Tracker | null
}

/** The keys of every tracker, as read. */
export type CommonTracker = Pick<Tracker, 'id' | 'require' | 'whenDown' | 'pollEverySeconds'> & {
  readonly name: string | null
  /** Regular expression that the whole key of a ticket must match. */
  readonly pattern: string
  readonly timeoutSeconds: number
}

/** A regular expression that takes linear time. */
export const pattern = z.string().superRefine((text, context) => {
  const why = problemOfTicketPattern(text)
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

const moments = z.array(z.enum(stepUpMoments)).max(stepUpMoments.length)

/** Plain HTTP only for this machine. */
function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname))
}

const signIn = z.strictObject({
  issuer: z
    .string()
    .refine(
      isIssuer,
      problem(
        'This is no address that nobody on the way can change.',
        'Write the issuer with `https`: `https://login.example.com`.',
      ),
    )
    .describe('The issuer, as its discovery document names it'),
  clientId: line(300).describe('The client that is registered there for Daypass'),
  clientSecret: z
    .string()
    .min(1)
    .optional()
    .describe('Its secret, from a variable of the environment. Absent: PKCE alone'),
  acrValues: z
    .array(line(300))
    .max(10)
    .default([])
    .describe('Strengths of sign-in, of which the answer must name one'),
  maxAge: duration.prefault('2m').describe('The sign-in must be no older than this'),
})

const stepUpRules = z
  .strictObject({
    methods: z
      .array(z.enum(stepUpMethods))
      .min(1, problem('Nothing would count as a proof.', 'Name `passkey`, `sign-in` or both.'))
      .default(['passkey'])
      .describe('What counts as a proof of who is clicking'),
    coolingTime: duration
      .prefault('24h')
      .describe('How long after it was added a passkey begins to count for critical'),
    otherwise: z
      .enum(stepUpAlternatives)
      .default('nothing')
      .describe('What the page tells a person to do who cannot give the proof'),
    afterChange: duration
      .optional()
      .describe(
        'How long after a change of the account its approvals need a proof, and the card tells of it',
      ),
    revokeAll: z
      .boolean()
      .default(false)
      .describe('Whether `/revoke` of a person, a system or everything needs a proof'),
    liftFreeze: z.boolean().default(false).describe('Whether to lift a freeze needs a proof'),
    signIn: signIn.optional().describe('The company’s sign-in (OpenID Connect)'),
  })
  .superRefine(({ methods, signIn }, context) => {
    if (!methods.includes('sign-in') || signIn) return
    const remedy = 'Add `signIn`, or leave `sign-in` out of `methods`.'
    context.addIssue({ code: 'custom', path: ['methods'], message: problem('No sign-in is known.', remedy) })
  })

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
      pattern: pattern.optional().describe('Regular expression that the whole ticket must match'),
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
  idleAfter: duration
    .optional()
    .describe(
      'A lease that nobody used for so long is asked about, and ends without an answer. Where the target can tell. Default: it may be idle',
    ),
  selfServe: z
    .strictObject({ perPersonAndDay: perPersonAndDay.optional() })
    .optional()
    .describe('The limit on approval by rule (the policy action selfServe)'),
  breakGlass: z
    .strictObject({ maxDuration: duration.describe('The longest lease that may be taken in an emergency') })
    .optional()
    .describe('Lets people whom policy permits take it in an emergency. Absent: nobody can'),
  stepUp: moments
    .optional()
    .describe('Moments that need a proof of who is clicking. Absent: as `defaults.stepUp` says for its risk'),
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

/** The keys of every tracker, for all kinds. */
export const trackerSchema = z.object({
  kind: z.string(),
  name: line(40).optional().describe('What people read in Slack. Default: the name of the kind'),
  pattern: pattern.describe('Which tickets are of this tracker: a regular expression for the whole key'),
  require: z
    .array(z.enum(ticketRequirements))
    .default(['exists', 'open'])
    .describe(
      'What a ticket must be when access is asked for. assignee: assigned to the requester, by a confirmed login',
    ),
  whenDown: z
    .enum(['allow', 'refuse'])
    .default('allow')
    .describe(
      'What becomes of a request while the tracker does not answer. The card says that it was not checked',
    ),
  timeout: duration
    .prefault('2s')
    .describe('How long the tracker may take to answer. Slack waits 3s for the answer to a form'),
  pollEvery: duration
    .optional()
    .describe('How often the ticket of a lease is looked up, for trackers without a webhook. Default: never'),
})

/** A resource, but for what depends on its connector. */
export const resourceSchema = z.strictObject({
  name: line(75).describe('What people read in Slack'),
  environment: line(40).optional().describe('production, staging, ...: policies can ask for it'),
  tags: tags.describe('Words that policies can ask for, for every entitlement of the resource'),
  owners: ownersSchema.describe('Who answers for the resource'),
  connector: z.looseObject({ kind: z.string() }).describe('How Daypass reaches the system'),
  escalation: escalationSchema
    .optional()
    .describe('What happens to a request that nobody answers. A key that is absent is that of the defaults'),
  entitlements: z.record(z.string(), z.unknown()).describe('Access that can be asked for, by id'),
  actions: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Exact operations that can be asked for instead of access, by id'),
})

const checkpointPlace = z
  .strictObject({
    slack: channel.optional().describe('A Slack channel'),
    file: z.string().min(1).optional().describe('A file, to which each checkpoint is added'),
    webhook: z
      .string()
      .regex(/^https?:\/\//, problem('This is no URL of a webhook.', 'Write https://…, or name a variable.'))
      .optional()
      .describe('Gets each checkpoint as JSON by POST'),
    allowAddresses: z
      .array(addressRange)
      .optional()
      .describe('Private, loopback and other special addresses that the webhook may lead to: [10.20.0.0/16]'),
    git: z
      .string()
      .min(1)
      .optional()
      .describe('A bare git repository, which gets a commit for each checkpoint'),
  })
  .refine(
    ({ allowAddresses: _, ...place }) =>
      Object.values(place).filter((value) => value !== undefined).length === 1,
    problem('A place has one kind.', 'Write one of `slack`, `file`, `webhook` and `git`.'),
  )
  .refine(
    ({ webhook, allowAddresses }) => allowAddresses === undefined || webhook !== undefined,
    problem('Only a webhook has addresses.', 'Remove `allowAddresses`.'),
  )

const keepRule = z.strictObject({
  events: z
    .array(
      z
        .string()
        .refine(
          (pattern) => /^([a-z_]+[.][a-z_]+|[a-z_]+[.][*]|[*])$/.test(pattern) && namesAny(pattern),
          problem('No event has this name.', 'Write `audit.queried`, `audit.*` or `*`.'),
        ),
    )
    .min(1)
    .describe('Audit actions: `audit.queried`, `audit.*` or `*`'),
  for: duration
    .refine(
      (seconds) => seconds >= shortestKeepSeconds,
      problem('This is shorter than 90 days.', 'Write `90d` or more.'),
    )
    .describe('How long they are kept, `90d` at the least'),
})

const recordSchema = z.strictObject({
  checkpoints: z
    .strictObject({
      every: duration.prefault('15m').describe('How often a checkpoint goes out at the most'),
      to: z.array(checkpointPlace).max(10).default([]).describe('Places outside the database'),
    })
    .prefault({})
    .describe('Signed checkpoints of the audit log, which show whether it is changed later'),
  verify: z
    .strictObject({
      every: duration.prefault('1h').describe('How often new events are verified'),
      whole: duration.prefault('24h').describe('How often the whole log is verified'),
    })
    .prefault({})
    .describe('Verifications of the audit log. Security is told of what they find'),
  keep: z
    .array(keepRule)
    .max(50)
    .optional()
    .describe(
      'How long events are kept; the first rule that names an event decides. Others are kept for ever',
    ),
})

const activitySchema = z.strictObject({
  collect: z.boolean().default(true).describe('Whether Daypass asks targets what holders do'),
  every: duration.prefault('1m').describe('How often each active lease is looked at'),
  keep: duration
    .prefault('180d')
    .describe('How long statements, addresses and sessions are kept after the end of a lease'),
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
      stepUp: stepUpRules.optional().describe('How people prove who they are, where `stepUp` asks for it'),
    })
    .describe('Who looks after Daypass'),
  defaults: z
    .strictObject({
      requestTimeout: duration.prefault('8h').describe('A pending request expires after this'),
      remindAfter: duration.prefault('15m').describe('When the owners are reminded of a pending request'),
      escalation: escalationSchema
        .optional()
        .describe('What happens to a request that nobody answers, on every resource'),
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
      longestStartAhead: duration
        .prefault('14d')
        .describe('How far ahead the start of a lease may be planned'),
      idleAnswer: duration
        .prefault('15m')
        .describe('How long the holder of an idle lease may take to answer, before it ends'),
      stepUp: z
        .partialRecord(z.enum(risks), moments)
        .default({})
        .describe('Moments that need a proof of who is clicking, by risk'),
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
  record: recordSchema.optional().describe('How the audit log is signed, published and verified'),
  audit: auditSchema.optional().describe('Where the audit log goes besides the database'),
  activity: activitySchema.optional().describe('How the use of leases is seen and kept'),
  reports: z
    .record(z.string(), scheduledReportSchema)
    .optional()
    .describe('Reports that are posted in channels, by id'),
  insight: insightSchema.optional().describe('The weekly message to owners. Absent: there is none'),
  reviews: z.record(z.string(), reviewSchema).optional().describe('Access reviews, by id'),
  noticing: noticingSchema.optional().describe('What Daypass notices and asks people about'),
  trackers: z.record(z.string(), z.unknown()).optional().describe('The trackers of tickets, by id'),
  bundles: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Entitlements that people ask for together, by id'),
  resources: z.record(z.string(), z.unknown()).describe('The systems, by id'),
})
