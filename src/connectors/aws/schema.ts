import { z } from 'zod'
import { describeDurationProblem, parseDuration } from '../../domain/duration.ts'
import { addressSetting } from '../_shared/address-setting.ts'
import { timeoutSetting } from '../_shared/settings.ts'

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (`DurationSeconds`) */
export const shortestSession = 900
/** The limit where Daypass itself works with the session of a role, which is role chaining. The same page says so. */
const usualSession = 3_600
const longestSession = 12 * 3_600

const policyArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/,
    'expected arn:aws:iam::aws:policy/Name, or one of the account: arn:aws:iam::123456789012:policy/Name',
  )

const identityCenter = z.strictObject({
  instance: z
    .string()
    .regex(/^arn:aws[a-z-]*:sso:::instance\/[\w-]+$/, 'expected arn:aws:sso:::instance/ssoins-…')
    .describe('The ARN of the Identity Center instance: arn:aws:sso:::instance/ssoins-…'),
  login: z
    .enum(['userName', 'email', 'id'])
    .default('userName')
    .describe('What the confirmed login is: the userName, the email or the id of an Identity Center user'),
  portal: z
    .url()
    .regex(/^https:\/\/[^?#]+$/, 'expected https://d-….awsapps.com/start')
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe(
      'The AWS access portal, for the link and the CLI profile of the holder: https://d-….awsapps.com/start',
    ),
})

const leaseRoles = z.strictObject({
  boundary: policyArn.describe(
    'The permissions boundary of every role that Daypass makes: no lease gives more than it allows',
  ),
  path: z
    .string()
    .regex(/^\/([\w+=,.@-]+\/)+$/, 'expected a path such as /daypass/')
    .default('/daypass/')
    .describe('The path of these roles: /daypass/ unless set. The id of the resource follows it'),
})

const preparedRoles = z.strictObject({
  denyEnded: z
    .boolean()
    .default(false)
    .describe(
      'At an early end, deny everything to the sessions of this lease by an inline policy of the role. Daypass must be allowed to write it. Otherwise they go on until the planned end',
    ),
})

/** The connector's settings in the catalog. Credentials of Daypass come from the default chain of the AWS SDK. */
export const settingsSchema = z
  .strictObject({
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a region, such as eu-central-1')
      .describe('The region of the Identity Center instance, or the one that holders of roles begin with'),
    identityCenter: identityCenter
      .optional()
      .describe('Leases are account assignments, or memberships of groups, of Identity Center users'),
    leaseRoles: leaseRoles.optional().describe('Leases are IAM roles of their own, which Daypass makes'),
    preparedRoles: preparedRoles.optional().describe('Leases are sessions of IAM roles that exist already'),
    sessionsLast: z
      .string()
      .transform((text, context) => {
        const read = parseDuration(text)
        if (read.ok && read.seconds >= shortestSession && read.seconds <= longestSession) return read.seconds
        const message = read.ok
          ? 'AWS takes sessions of 15m to 12h.'
          : describeDurationProblem(read.problem, text)
        context.addIssue({ code: 'custom', message })
        return z.NEVER
      })
      .prefault(`${usualSession}s`)
      .describe(
        'How long a session of a role lasts at most: 15m to 12h; 1h unless set. More than 1h is refused where Daypass itself has the session of a role',
      ),
    activity: z
      .literal('cloudtrail')
      .optional()
      .describe(
        'Tells what was done during a lease by the event history of CloudTrail, 20 minutes after its end. Not with `identityCenter`',
      ),
    profile: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A profile of the AWS configuration file, such as one that assumes a role in another account; the default chain of the AWS SDK unless set',
      ),
    endpoint: addressSetting()
      .optional()
      .describe('An address in place of those of AWS, for all services: that of an emulator'),
    timeout: timeoutSetting(60),
  })
  .refine(
    (value) =>
      [value.identityCenter, value.leaseRoles, value.preparedRoles].filter((one) => one !== undefined)
        .length === 1,
    { path: ['identityCenter'], message: 'write one of `identityCenter`, `leaseRoles` and `preparedRoles`' },
  )
  .refine(({ identityCenter, activity }) => !identityCenter || activity === undefined, {
    path: ['activity'],
    message:
      'sessions of Identity Center are of the person and not of the lease, so that their calls cannot be told',
  })
export type AwsSettings = z.output<typeof settingsSchema>

const oneOrMore = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html, without Principal: the holder is the one. */
const statement = z
  .strictObject({
    Sid: z.string().optional().describe('A name of the statement'),
    Effect: z.enum(['Allow', 'Deny']).describe('Allow or Deny'),
    Action: oneOrMore.optional().describe('Actions: s3:GetObject, or s3:Get*'),
    NotAction: oneOrMore.optional().describe('All actions but these'),
    Resource: oneOrMore.optional().describe('ARNs of what they are done to, or *'),
    NotResource: oneOrMore.optional().describe('All ARNs but these'),
    Condition: z
      .record(z.string(), z.record(z.string(), z.union([z.string(), z.boolean(), z.array(z.string())])))
      .optional()
      .describe('Operators, with keys of the request and their values, as in an IAM policy'),
  })
  .refine(({ Action, NotAction }) => (Action === undefined) !== (NotAction === undefined), {
    message: 'expected either `Action` or `NotAction`',
  })
  .refine(({ Resource, NotResource }) => (Resource === undefined) !== (NotResource === undefined), {
    message: 'expected either `Resource` or `NotResource`',
  })
export type Statement = z.output<typeof statement>

/** The connector's own part of an entitlement: an assignment, or what a role may do. */
export const entitlementSchema = z
  .strictObject({
    account: z
      .string()
      .regex(/^\d{12}$/, 'expected the 12 digits of an account, in quotes')
      .optional()
      .describe("The account to which the permission set is assigned: '123456789012', in quotes"),
    permissionSet: z
      .string()
      .regex(
        /^arn:aws[a-z-]*:sso:::permissionSet\/[\w-]+\/ps-[\w-]+$/,
        'expected arn:aws:sso:::permissionSet/ssoins-…/ps-…',
      )
      .optional()
      .describe('The ARN of the permission set that the holder gets in the account'),
    group: z
      .string()
      .regex(/^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'expected the id of a group')
      .optional()
      .describe(
        'The id of an Identity Center group to which the permission set is assigned already: the holder becomes a member of it, in place of an assignment of their own',
      ),
    role: z
      .string()
      .regex(
        /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
        'expected arn:aws:iam::123456789012:role/Name',
      )
      .optional()
      .describe('The ARN of a prepared role of which the holder gets sessions'),
    policies: z
      .array(policyArn)
      .min(1)
      .max(10)
      .optional()
      .describe(
        'ARNs of managed policies: those of the role of the lease, or those that limit the sessions of a prepared role',
      ),
    statements: z
      .array(statement)
      .min(1)
      .optional()
      .describe('Statements as in an IAM policy: `- { Effect: Allow, Action: s3:GetObject, Resource: … }`'),
  })
  .refine(
    ({ permissionSet, account, group, role, policies, statements }) =>
      permissionSet !== undefined || account !== undefined || group !== undefined
        ? permissionSet !== undefined && account !== undefined && !role && !policies && !statements
        : role !== undefined || policies !== undefined || statements !== undefined,
    {
      message:
        'expected `permissionSet` and `account`; or `policies` or `statements` of a role of the lease; or a prepared `role`',
    },
  )
export type AwsEntitlement = z.output<typeof entitlementSchema>
