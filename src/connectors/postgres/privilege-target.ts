import { identifierProblem, quoteIdentifier } from './quoting.ts'

/** The object of a privilege, as the catalog's `on` names it. */
export type PrivilegeTarget =
  | { readonly kind: 'table' | 'sequence'; readonly schema: string; readonly name: string }
  | { readonly kind: 'function'; readonly schema: string; readonly name: string; readonly args: string }
  | { readonly kind: 'all tables'; readonly schema: string }
  | { readonly kind: 'schema' | 'database'; readonly name: string }
export type TargetKind = PrivilegeTarget['kind']

/** Privileges that may be given on each kind. Left out on purpose: `TRIGGER` and `MAINTAIN`, which run code as others. */
export const privilegesOn: Readonly<Record<TargetKind, readonly string[]>> = {
  table: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES'],
  'all tables': ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES'],
  sequence: ['USAGE', 'SELECT', 'UPDATE'],
  function: ['EXECUTE'],
  schema: ['USAGE', 'CREATE'],
  database: ['CONNECT', 'TEMPORARY', 'CREATE'],
}

/** Privileges that can be limited to columns. */
export const columnPrivileges: readonly string[] = ['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']

export const targetForms =
  '`table schema.name`, `all tables in schema name`, `sequence schema.name`, ' +
  '`function schema.name(argument types)`, `schema name` or `database name`; ' +
  'names with capitals, blanks or signs stand in double quotes, as in `table public."Order Lines"`'
const targetGrammar = `expected ${targetForms}`

/** Reads `on`. A returned string is what is wrong with it. */
export function parsePrivilegeTarget(on: string): PrivilegeTarget | string {
  const match = /^(all tables in schema|table|sequence|function|schema|database) +(.+)$/su.exec(on.trim())
  const [, kind, rest] = match ?? []
  if (!kind || !rest) return targetGrammar
  const target = readTarget(kind, rest)
  return typeof target === 'string' ? target : (problemOf(target) ?? target)
}

/** The target as people write it, quoted where needed. */
export function describeTarget(target: PrivilegeTarget): string {
  switch (target.kind) {
    case 'table':
    case 'sequence':
      return `${target.kind} ${show(target.schema)}.${show(target.name)}`
    case 'function':
      return `function ${functionSignature(target)}`
    case 'all tables':
      return `all tables in schema ${show(target.schema)}`
    case 'schema':
    case 'database':
      return `${target.kind} ${show(target.name)}`
  }
}

/** For `to_regprocedure`: names quoted, argument types as written. */
export function functionSignature(target: { schema: string; name: string; args: string }): string {
  return `${quoteIdentifier(target.schema)}.${quoteIdentifier(target.name)}(${target.args})`
}

function readTarget(kind: string, rest: string): PrivilegeTarget | string {
  const first = readName(rest)
  if (!first) return targetGrammar
  if (kind === 'schema' || kind === 'database')
    return first.rest === '' ? { kind, name: first.name } : targetGrammar
  if (kind === 'all tables in schema') {
    return first.rest === '' ? { kind: 'all tables', schema: first.name } : targetGrammar
  }
  const second = first.rest.startsWith('.') ? readName(first.rest.slice(1)) : null
  if (!second) return `a ${kind} is named with its schema; ${targetGrammar}`
  if (kind === 'function') return readFunction(first.name, second)
  if (second.rest !== '') return targetGrammar
  return { kind: kind === 'table' ? 'table' : 'sequence', schema: first.name, name: second.name }
}

function readFunction(schema: string, named: { name: string; rest: string }): PrivilegeTarget | string {
  const args = /^\(([^()]*(?:\([0-9, ]*\)[^()]*)*)\)$/u.exec(named.rest)?.[1]
  return args === undefined
    ? `a function is named with its argument types, as in \`function public.refund(integer)\`; ${targetGrammar}`
    : { kind: 'function', schema, name: named.name, args: args.trim() }
}

/** One identifier from the start of `text`. Capitals outside quotes are refused rather than folded. */
function readName(text: string): { name: string; rest: string } | null {
  const match = /^(?:"((?:[^"]|"")+)"|([a-z_][a-z0-9_$]*))(.*)$/su.exec(text)
  const name = match?.[1]?.replaceAll('""', '"') ?? match?.[2]
  return name === undefined ? null : { name, rest: match?.[3] ?? '' }
}

function problemOf(target: PrivilegeTarget): string | null {
  const names = ['schema' in target ? target.schema : null, 'name' in target ? target.name : null].filter(
    (name) => name !== null,
  )
  const schema = 'schema' in target ? target.schema : target.kind === 'schema' ? target.name : ''
  // Objects of Postgres itself (password verifiers, server files) are never granted.
  if (/^pg_|^information_schema$/u.test(schema))
    return `schema ${schema} belongs to Postgres itself and is never granted`
  return names.map(identifierProblem).find((problem) => problem !== null) ?? null
}

function show(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/u.test(name) ? name : quoteIdentifier(name)
}
