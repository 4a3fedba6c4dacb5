import { z } from 'zod'
import { secretFileSetting, timeoutSetting } from '../_shared/settings.ts'

const urlForm = 'expected redis://user:password@host:6379, or rediss:// for TLS'

/** The connector's settings in the catalog. Messages never repeat the URL: it may hold a password. */
export const settingsSchema = z
  .strictObject({
    url: z
      .string()
      .check((ctx) => {
        const problem = urlProblem(ctx.value)
        if (problem) ctx.issues.push({ code: 'custom', message: problem, input: undefined })
      })
      .describe(
        'How Daypass reaches the server, as a user that may manage ACL users: redis://user:password@host:6379, or rediss:// for TLS. Let a password come from the environment',
      ),
    passwordFile: secretFileSetting('the password, where `url` holds none'),
    publicHost: z
      .string()
      .min(1)
      .optional()
      .describe('The host that people connect to, where it differs from the one in `url`'),
    publicPort: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('The port that people connect to, where it differs from the one in `url`'),
    timeout: timeoutSetting(10),
  })
  .refine(
    ({ url, passwordFile }) =>
      passwordFile === undefined || !URL.canParse(url) || new URL(url).password === '',
    {
      path: ['passwordFile'],
      message: 'the password stands in `url` already: leave one of them out',
    },
  )
export type RedisSettings = z.output<typeof settingsSchema>

const pattern = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^\s\p{Cc}]+$/u, 'a pattern holds no blanks and no control characters')

/** Categories that give what no lease may have: https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/ */
const refusedCategories = ['@all', '@admin', '@dangerous', '@scripting']

const command = z
  .string()
  .regex(
    /^(@[a-z]+|[a-z0-9._-]+(\|[a-z0-9._-]+)?)$/,
    'expected @category, command or command|subcommand, in small letters',
  )
  .refine((name) => !refusedCategories.includes(name), {
    message: `${refusedCategories.join(', ')} are not given as a whole: name the commands`,
  })

/** The connector's own part of an entitlement: the commands, and the keys and channels on which they may be used. */
export const entitlementSchema = z.strictObject({
  commands: z
    .array(command)
    .min(1, 'expected at least one command or category, as in [@read]')
    .describe(
      'Commands and categories: @read, get, client|info. Never gives @admin; gives @dangerous and @scripting only by name',
    ),
  keys: z.array(pattern).default([]).describe('Patterns of keys that may be read and written: cart:*'),
  readKeys: z.array(pattern).default([]).describe('Patterns of keys that may only be read'),
  channels: z.array(pattern).default([]).describe('Patterns of channels that may be used: news.*'),
})
export type RedisEntitlement = z.output<typeof entitlementSchema>

function urlProblem(text: string): string | null {
  if (!URL.canParse(text)) return `not a URL: ${urlForm} (signs in the password percent-encoded)`
  const url = new URL(text)
  if (!['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') return urlForm
  if (url.username === '') return `no user: ${urlForm}. Daypass needs a user of its own, not the default one`
  if (!/^\/?$/.test(url.pathname) || url.search !== '') return `nothing may follow the port: ${urlForm}`
  return [url.username, url.password].every(isDecodable)
    ? null
    : 'user or password holds a % that begins no sign: write a percent sign as %25'
}

function isDecodable(part: string): boolean {
  try {
    return !decodeURIComponent(part).includes('\0')
  } catch {
    return false
  }
}
