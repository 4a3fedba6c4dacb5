import { z } from 'zod'
import { parseDuration } from '../../domain/duration.ts'
import { addressSetting } from '../_shared/address-setting.ts'
import { secretFileSetting, timeoutSetting } from '../_shared/settings.ts'

/** The connector's settings in the catalog. Messages never repeat the token. */
export const settingsSchema = z
  .strictObject({
    token: z
      .string()
      .check((ctx) => {
        if (/^xox[bp]-\S+$/.test(ctx.value)) return
        const message = 'expected a bot token (`xoxb-…`) or a user token (`xoxp-…`)'
        ctx.issues.push({ code: 'custom', message, input: undefined })
      })
      .optional()
      .describe(
        'The token that invites and removes people: of an app of its own, or of Daypass (SLACK_BOT_TOKEN). Let it come from the environment',
      ),
    tokenFile: secretFileSetting('the token, where `token` is left out'),
    apiUrl: addressSetting()
      .default('https://slack.com/api')
      .describe('Where the Web API is: https://slack.com/api/ unless set'),
    placeholder: z
      .string()
      .regex(/^[UW][A-Z0-9]{2,}$/, 'expected the id of a user: `U…` or `W…`')
      .optional()
      .describe(
        'A user who is put into a user group when its last member would leave: Slack keeps none empty',
      ),
    lookAgainAfter: z
      .string()
      .transform((text, context) => {
        if (text === '0s') return 0
        const read = parseDuration(text)
        if (read.ok && read.seconds <= 60) return read.seconds
        context.addIssue({ code: 'custom', message: 'expected 0s to 1m' })
        return z.NEVER
      })
      .prefault('2s')
      .describe(
        'After a change of a user group its members are read once more after this time, because somebody else may have written an older list: 0s to 1m; 2s unless set',
      ),
    timeout: timeoutSetting(15),
  })
  .refine(({ token, tokenFile }) => (token === undefined) !== (tokenFile === undefined), {
    path: ['token'],
    message: 'write either `token` or `tokenFile`',
  })
export type SlackSettings = z.output<typeof settingsSchema>

/** The connector's own part of an entitlement: of what the holder becomes a member. */
export const entitlementSchema = z
  .strictObject({
    channel: z
      .string()
      .regex(/^[CG][A-Z0-9]{2,}$/, 'expected the id of a channel: `C…`')
      .optional()
      .describe('The private channel into which the holder is invited: C0…'),
    userGroup: z
      .string()
      .regex(/^S[A-Z0-9]{2,}$/, 'expected the id of a user group: `S…`')
      .optional()
      .describe(
        'The user group of which the holder becomes a member: S0…. No group by which anybody decides',
      ),
  })
  .refine(({ channel, userGroup }) => (channel === undefined) !== (userGroup === undefined), {
    message: 'expected either `channel` or `userGroup`',
  })
export type SlackEntitlement = z.output<typeof entitlementSchema>

/** A channel or a user group, by the letter of its id. */
export function placeOf({ channel, userGroup }: SlackEntitlement): string {
  return channel ?? userGroup ?? ''
}
