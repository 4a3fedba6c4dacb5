import { z } from 'zod'
import { describeDurationProblem, parseDuration } from '../../domain/duration.ts'
import { timeoutSetting } from '../_shared/settings.ts'

const longestPauseSeconds = 30 * 86_400

/** A pause until somebody is told. */
function pauseSetting(usual: string, what: string) {
  return z
    .string()
    .transform((text, context) => {
      const read = parseDuration(text)
      if (read.ok && read.seconds >= 60 && read.seconds <= longestPauseSeconds) return read.seconds
      const message = read.ok ? 'expected 1m to 30d' : describeDurationProblem(read.problem, text)
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    })
    .prefault(usual)
    .describe(`${what}: 1m to 30d; ${usual} unless set`)
}

const personOrGroup = z
  .string()
  .regex(/^[SUW][A-Z0-9]{2,}$/, 'expected the id of a user (`U…`, `W…`) or of a user group (`S…`)')

/** The connector's settings in the catalog. */
export const settingsSchema = z
  .strictObject({
    assignees: z
      .array(personOrGroup)
      .min(1)
      .max(20)
      .optional()
      .describe(
        'Who gives and takes away: Slack users and user groups. The approvers of the resource unless set. Guests must be named themselves',
      ),
    channel: z
      .string()
      .regex(/^[CG][A-Z0-9]{2,}$/, 'expected the id of a channel: `C…`')
      .optional()
      .describe('Where they are asked: the owners’ channel unless set'),
    directMessages: z
      .boolean()
      .default(false)
      .describe('Asks each of the `assignees` in a direct message, and nobody in a channel. For users only'),
    remindAfter: pauseSetting(
      '30m',
      'After this time without an answer they are reminded; the pauses after that double',
    ),
    escalateAfter: pauseSetting(
      '2h',
      'After this time without an answer a revocation counts as failed, and security is told',
    ),
    residual: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe('Access that can outlive the end, as a sentence: Payroll sessions go on for up to 8h.'),
    timeout: timeoutSetting(10),
  })
  .refine(({ directMessages, channel }) => !directMessages || channel === undefined, {
    path: ['channel'],
    message: 'with `directMessages` nobody is asked in a channel',
  })
  .refine(
    ({ directMessages, assignees }) =>
      !directMessages || assignees?.every((id) => !id.startsWith('S')) === true,
    { path: ['assignees'], message: '`directMessages` needs `assignees` that are users: `U…` or `W…`' },
  )

/** The connector's own part of an entitlement: what the person is to do. */
export const entitlementSchema = z.strictObject({
  role: z
    .string()
    .trim()
    .min(1)
    .max(150)
    .describe('What is given, in the words of the system: Payroll approver'),
  instructions: z
    .string()
    .trim()
    .min(1)
    .max(1_000)
    .optional()
    .describe('How it is given, in a few sentences. No secrets: everybody in the channel reads it'),
  takeAway: z
    .string()
    .trim()
    .min(1)
    .max(1_000)
    .optional()
    .describe('How it is taken away, with the sessions that must be ended'),
  runbook: z
    .string()
    .max(500)
    .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
      message: 'expected the address of a page: https://host/path',
    })
    .optional()
    .describe('A page that says more: https://wiki.example.com/payroll-access'),
  login: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .optional()
    .describe(
      'The access is given to an existing login, of this name for people: Payroll login. Somebody answerable must have confirmed it',
    ),
})
export type ManualEntitlement = z.output<typeof entitlementSchema>
