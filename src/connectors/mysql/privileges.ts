import { type GrantObject, parseObject } from './objects.ts'
import { quoteName } from './quoting.ts'
import type { MysqlEntitlement } from './schema.ts'

/** Views, routines, triggers and events run with the rights of their definer. */
const makesDefiners = ['CREATE VIEW', 'CREATE ROUTINE', 'TRIGGER', 'EVENT']

/** One privilege on one object, or a role, in a form that is the same for two that are the same. */
export type Privilege = string

export function privilegeOf(allow: string, object: GrantObject, column: string | null): Privilege {
  const what = column === null ? allow : `${allow} (${quoteName(column)})`
  return `${what} on ${describe(object)}`
}

export function rolePrivilege(role: string): Privilege {
  return `role ${quoteName(role)}`
}

function describe(object: GrantObject): string {
  if (object.kind === 'database') return `${quoteName(object.database)}.*`
  const routine = object.kind === 'table' ? '' : `${object.kind} `
  return `${routine}${quoteName(object.database)}.${quoteName(object.name)}`
}

/** What one `grant` gives. */
export interface Grant {
  readonly allow: readonly string[]
  readonly object: GrantObject
  readonly columns: readonly string[] | null
}

export function grantsOf({ privileges = [] }: MysqlEntitlement): Grant[] {
  return privileges.flatMap(({ on, allow, columns }) => {
    const object = parseObject(on)
    // The schema has refused every other text.
    return typeof object === 'string' ? [] : [{ allow, object, columns: columns ?? null }]
  })
}

/** Everything that the holder of this entitlement has. */
export function wantedOf(content: MysqlEntitlement): Set<Privilege> {
  const wanted = grantsOf(content).flatMap(({ allow, object, columns }) =>
    allow.flatMap((each) => (columns ?? [null]).map((column) => privilegeOf(each, object, column))),
  )
  return new Set([...wanted, ...(content.role === undefined ? [] : [rolePrivilege(content.role)])])
}

/** `SELECT (id), UPDATE (id) on table app.orders`, for `grant … to` and `revoke … from`. */
export function grantClause({ allow, object, columns }: Grant): string {
  const list = columns === null ? '' : ` (${columns.map(quoteName).join(', ')})`
  const what = allow.map((each) => `${each}${list}`).join(', ')
  if (object.kind === 'database') return `${what} on ${quoteName(asPattern(object.database))}.*`
  return `${what} on ${object.kind} ${quoteName(object.database)}.${quoteName(object.name)}`
}

/**
 * In a grant on a whole database, `_` and `%` of its name match other names, unless a backslash stands before them:
 * https://mariadb.com/kb/en/grant/#database-privileges
 */
function asPattern(database: string): string {
  return database.replace(/[_%\\]/g, '\\$&')
}

/** The name of the database that such a pattern stands for. */
export function fromPattern(pattern: string): string {
  return pattern.replace(/\\([_%\\])/g, '$1')
}

/** The databases in which the holder may make objects that run with a definer's rights. */
export function definerDatabases(content: MysqlEntitlement | null): string[] {
  const making = content
    ? grantsOf(content).filter(({ allow }) => allow.some((one) => makesDefiners.includes(one)))
    : []
  return [...new Set(making.map(({ object }) => object.database))]
}
