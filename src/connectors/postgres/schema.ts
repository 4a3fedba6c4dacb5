import { z } from 'zod'
import { secretFileSetting } from '../_shared/settings.ts'
import { columnPrivileges, parsePrivilegeTarget, privilegesOn, targetForms } from './privilege-target.ts'
import { preparedRoleNameProblem } from './privileged-roles.ts'
import { identifierProblem } from './quoting.ts'

const identifier = z.string().check((ctx) => {
  const problem = identifierProblem(ctx.value)
  if (problem) ctx.issues.push({ code: 'custom', message: problem, input: ctx.value })
})

const preparedRole = identifier.check((ctx) => {
  const problem = preparedRoleNameProblem(ctx.value)
  if (problem) ctx.issues.push({ code: 'custom', message: problem, input: ctx.value })
})

const privilege = z
  .strictObject({
    on: z.string().describe(`The object: ${targetForms}`),
    allow: z
      .array(
        z.enum([
          'SELECT',
          'INSERT',
          'UPDATE',
          'DELETE',
          'TRUNCATE',
          'REFERENCES',
          'USAGE',
          'CREATE',
          'EXECUTE',
          'CONNECT',
          'TEMPORARY',
        ]),
      )
      .min(1, 'expected at least one privilege, as in [SELECT]')
      .describe('The privileges on that object, as in [SELECT, UPDATE]'),
    columns: z
      .array(identifier)
      .min(1, 'expected at least one column; leave `columns` out for all')
      .optional()
      .describe('Limits the privileges to these columns of a table; all columns when left out'),
  })
  .check((ctx) => {
    for (const [path, message] of privilegeProblems(ctx.value)) {
      ctx.issues.push({ code: 'custom', message, path: [path], input: ctx.value })
    }
  })

/** The connector's own part of an entitlement: privileges of its own, roles prepared by the DBAs, or both. */
export const entitlementSchema = z
  .strictObject({
    privileges: z
      .array(privilege)
      .min(1, 'expected at least one privilege')
      .optional()
      .describe('What the holder may do, object by object'),
    roles: z
      .array(preparedRole)
      .min(1, 'expected at least one role')
      .optional()
      .describe('Roles prepared by the DBAs, of which the holder becomes a member for the lease'),
  })
  .refine((value) => value.privileges !== undefined || value.roles !== undefined, {
    message: 'expected `privileges` (what may be done on which object) or `roles` (prepared by the DBAs)',
  })
export type PostgresEntitlement = z.infer<typeof entitlementSchema>
export type PrivilegeWish = z.infer<typeof privilege>

/** The connector's settings in the catalog. Messages never repeat the URL: it holds a password. */
export const settingsSchema = z
  .strictObject({
    url: z
      .string()
      .check((ctx) => {
        const problem = urlProblem(ctx.value)
        if (problem) ctx.issues.push({ code: 'custom', message: problem, input: undefined })
      })
      .describe(
        'How Daypass reaches the database, as a user that may create roles: postgres://user:password@host:5432/database, optionally ?sslmode=disable|require|verify-full. It holds a password: let it come from the environment',
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
    connectionLimit: z
      .int()
      .min(1)
      .max(1000)
      .default(5)
      .describe('How many connections one lease may have open at once'),
  })
  .refine(
    ({ url, passwordFile }) =>
      passwordFile === undefined || !URL.canParse(url) || new URL(url).password === '',
    { path: ['passwordFile'], message: 'the password stands in `url` already: leave one of them out' },
  )
export type PostgresSettings = z.infer<typeof settingsSchema>

const sslModes = ['disable', 'require', 'verify-full'] as const

function privilegeProblems(wish: {
  on: string
  allow: string[]
  columns?: string[] | undefined
}): [string, string][] {
  const target = parsePrivilegeTarget(wish.on)
  if (typeof target === 'string') return [['on', target]]
  const allowed = privilegesOn[target.kind]
  const problems: [string, string][] = wish.allow
    .filter((name) => !allowed.includes(name))
    .map((name) => ['allow', `${name} is not given on a ${target.kind}: expected ${allowed.join(', ')}`])
  if (wish.columns === undefined) return problems
  if (target.kind !== 'table')
    return [...problems, ['columns', 'columns can be listed for a single table only']]
  const whole = wish.allow.filter((name) => !columnPrivileges.includes(name))
  if (whole.length > 0) {
    problems.push([
      'columns',
      `${whole.join(', ')} cannot be limited to columns: ${columnPrivileges.join(', ')} can`,
    ])
  }
  return problems
}

function urlProblem(text: string): string | null {
  const expected = 'expected postgres://user:password@host:5432/database'
  if (!URL.canParse(text)) return `not a URL: ${expected} (signs in the password percent-encoded)`
  const url = new URL(text)
  if (!['postgres:', 'postgresql:'].includes(url.protocol)) return expected
  if (url.hostname === '' || url.username === '' || url.pathname.length < 2) return `incomplete: ${expected}`
  const undecodable = [
    ['user', url.username],
    ['password', url.password],
    ['database', url.pathname],
  ].find(([, part]) => !isDecodable(part ?? ''))
  if (undecodable)
    return `the ${undecodable[0]} holds a % that begins no sign: write a percent sign as %25 (signs in user, password and database percent-encoded)`
  const unknown = [...url.searchParams.keys()].filter((key) => key !== 'sslmode')
  if (unknown.length > 0) return `unknown parameter ${unknown.join(', ')}: only sslmode is understood`
  const sslmode = url.searchParams.get('sslmode')
  const known: readonly string[] = sslModes
  return sslmode === null || known.includes(sslmode) ? null : `sslmode must be one of ${sslModes.join(', ')}`
}

/** Without this check, a wrong escape would only be found at the first grant. */
function isDecodable(part: string): boolean {
  try {
    return !decodeURIComponent(part).includes('\0')
  } catch {
    return false
  }
}
