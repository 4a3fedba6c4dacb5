import { z } from 'zod'
import { secretFileSetting, timeoutSetting } from '../_shared/settings.ts'
import { objectForms, parseObject, privilegesOn } from './objects.ts'

const urlForm = 'expected mysql://user:password@host:3306'
const sslModes = ['disable', 'require', 'verify-full'] as const

/** A name in MySQL has at most 64 characters: https://dev.mysql.com/doc/refman/8.4/en/identifier-length.html */
const name = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'a name holds no control characters')

const runAccount = z
  .strictObject({
    password: z.string().min(1).optional().describe('Its password. Let it come from the environment'),
    passwordFile: secretFileSetting('its password'),
  })
  .refine(({ password, passwordFile }) => (password === undefined) !== (passwordFile === undefined), {
    message: 'expected `password` or `passwordFile`',
  })

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
        'How Daypass reaches the server, as a user that may create users: mysql://user:password@host:3306, optionally ?sslmode=disable|require|verify-full. Let a password come from the environment',
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
    fromHost: z
      .string()
      .regex(/^[A-Za-z0-9.:%_/-]{1,60}$/, 'expected a host of an account, such as % or 10.20.%')
      .default('%')
      .describe('From where people may connect, as the host of their accounts: 10.20.%; anywhere unless set'),
    eventsIn: name
      .optional()
      .describe(
        'A database in which Daypass may create events. With it, the server itself ends each lease by an event, also while Daypass is down',
      ),
    runAccounts: z
      .record(
        z
          .string()
          .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/, 'expected the name of an account, without its host'),
        runAccount,
      )
      .default({})
      .describe('The accounts that run actions, by their name at the server. The DBAs make them'),
    runsIn: name
      .optional()
      .describe('The database with the table `runs`, in which actions that write note that they were done'),
    connectionLimit: z
      .int()
      .min(1)
      .max(1000)
      .default(5)
      .describe('How many connections one lease may have open at once'),
    timeout: timeoutSetting(15),
  })
  .refine(
    ({ url, passwordFile }) =>
      passwordFile === undefined || !URL.canParse(url) || new URL(url).password === '',
    { path: ['passwordFile'], message: 'the password stands in `url` already: leave one of them out' },
  )
export type MysqlSettings = z.output<typeof settingsSchema>

const privilege = z
  .strictObject({
    on: z.string().describe(`The object: ${objectForms}`),
    allow: z
      .array(z.string().transform((text) => text.trim().toUpperCase()))
      .min(1, 'expected at least one privilege, as in [SELECT]')
      .describe('The privileges on that object, as in [SELECT, UPDATE]'),
    columns: z
      .array(name)
      .min(1, 'expected at least one column; leave `columns` out for all')
      .optional()
      .describe('Limits the privileges to these columns of a table; all columns when left out'),
  })
  .check((ctx) => {
    for (const [path, message] of privilegeProblems(ctx.value)) {
      ctx.issues.push({ code: 'custom', message, path: [path], input: ctx.value })
    }
  })

/** The connector's own part of an entitlement: privileges of its own, a role prepared by the DBAs, or both. */
export const entitlementSchema = z
  .strictObject({
    privileges: z
      .array(privilege)
      .min(1, 'expected at least one privilege')
      .optional()
      .describe('What the holder may do, object by object'),
    role: name.optional().describe('A role prepared by the DBAs, which the holder gets for the lease'),
  })
  .refine((value) => value.privileges !== undefined || value.role !== undefined, {
    message: 'expected `privileges` (what may be done on which object) or `role` (prepared by the DBAs)',
  })
export type MysqlEntitlement = z.output<typeof entitlementSchema>

function privilegeProblems(wish: {
  on: string
  allow: string[]
  columns?: string[] | undefined
}): [string, string][] {
  const object = parseObject(wish.on)
  if (typeof object === 'string') return [['on', object]]
  const allowed: readonly string[] = privilegesOn[object.kind]
  const problems: [string, string][] = wish.allow
    .filter((one) => !allowed.includes(one))
    .map((one) => ['allow', `${one} is not given on a ${object.kind}: expected ${allowed.join(', ')}`])
  if (wish.columns === undefined) return problems
  if (object.kind !== 'table') return [...problems, ['columns', 'columns can be listed for a table only']]
  const whole = wish.allow.filter((one) => !privilegesOn.column.some((each) => each === one))
  if (whole.length === 0) return problems
  const message = `${whole.join(', ')} cannot be limited to columns: ${privilegesOn.column.join(', ')} can`
  return [...problems, ['columns', message]]
}

function urlProblem(text: string): string | null {
  if (!URL.canParse(text)) return `not a URL: ${urlForm} (signs in the password percent-encoded)`
  const url = new URL(text)
  if (url.protocol !== 'mysql:' || url.hostname === '' || url.username === '') return urlForm
  if (!/^\/?$/.test(url.pathname))
    return `no database may follow: ${urlForm}. Entitlements name databases themselves`
  const unknown = [...url.searchParams.keys()].filter((key) => key !== 'sslmode')
  if (unknown.length > 0) return `unknown parameter ${unknown.join(', ')}: only sslmode is understood`
  const sslmode = url.searchParams.get('sslmode')
  if (sslmode !== null && !sslModes.some((mode) => mode === sslmode)) {
    return `sslmode must be one of ${sslModes.join(', ')}`
  }
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
