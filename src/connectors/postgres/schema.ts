import { z } from 'zod'
import { columnPrivileges, parsePrivilegeTarget, privilegesOn, targetGrammar } from './privilege-target.ts'
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
    on: z.string().describe(targetGrammar),
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
      .min(1, 'expected at least one privilege, as in [SELECT]'),
    columns: z
      .array(identifier)
      .min(1, 'expected at least one column; leave `columns` out for all')
      .optional(),
  })
  .check((ctx) => {
    for (const [path, message] of privilegeProblems(ctx.value)) {
      ctx.issues.push({ code: 'custom', message, path: [path], input: ctx.value })
    }
  })

/** The connector's own part of an entitlement: privileges of its own, roles prepared by the DBAs, or both. */
export const entitlementSchema = z
  .strictObject({
    privileges: z.array(privilege).min(1, 'expected at least one privilege').optional(),
    roles: z.array(preparedRole).min(1, 'expected at least one role').optional(),
  })
  .refine((value) => value.privileges !== undefined || value.roles !== undefined, {
    message: 'expected `privileges` (what may be done on which object) or `roles` (prepared by the DBAs)',
  })
export type PostgresEntitlement = z.infer<typeof entitlementSchema>
export type PrivilegeWish = z.infer<typeof privilege>

/** The connector's settings in the catalog. Messages never repeat the URL: it holds a password. */
export const connectorSchema = z.strictObject({
  kind: z.literal('postgres'),
  url: z.string().check((ctx) => {
    const problem = urlProblem(ctx.value)
    if (problem) ctx.issues.push({ code: 'custom', message: problem, input: undefined })
  }),
  /** What holders connect to, where it differs from what Daypass connects to. */
  publicHost: z.string().min(1).optional(),
  publicPort: z.int().min(1).max(65_535).optional(),
  /** Connections that one lease may have open at once. */
  connectionLimit: z.int().min(1).max(1000).default(5),
})
export type PostgresSettings = z.infer<typeof connectorSchema>

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

/** What is left undecoded here would only be found when the first lease is granted. */
function isDecodable(part: string): boolean {
  try {
    return !decodeURIComponent(part).includes('\0')
  } catch {
    return false
  }
}
