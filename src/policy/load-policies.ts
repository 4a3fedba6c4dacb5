import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PolicyEngine } from '../domain/policy.ts'
import { createPolicyEngine } from './engine.ts'
import { PolicyFileError, parsePolicies } from './parse-policies.ts'

export type LoadedPolicies = PolicyEngine & {
  readonly policyCount: number
  /** User groups that policies name. Who is in them must be among `PersonFacts.groups`, as for the catalog's own. */
  readonly userGroups: ReadonlySet<string>
  /** The warnings of Cedar, with file and line. For `daypass check`. */
  readonly warnings: readonly string[]
}

/**
 * Reads every `*.cedar` of a directory, in the order of their names. Throws `PolicyFileError` unless each policy parses,
 * fits the schema, and carries an `@id` of its own and a `@reason`.
 * `securityLeads` are the catalog's: users and user groups.
 */
export function loadPolicies(
  directory: string,
  options: { securityLeads: readonly string[] },
): LoadedPolicies {
  const parsed = parsePolicies(policyFiles(directory).map((file) => ({ file, source: read(file) })))
  if (parsed.policies.length === 0) throw noPolicies(directory, 'holds no policy')
  return {
    ...createPolicyEngine(parsed.policies, options.securityLeads),
    policyCount: parsed.policies.length,
    userGroups: parsed.userGroups,
    warnings: parsed.warnings,
  }
}

function policyFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.cedar'))
      .sort()
      .map((name) => join(directory, name))
  } catch (error) {
    throw noPolicies(directory, `cannot be read (${codeOf(error)})`)
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    throw noPolicies(file, `cannot be read (${codeOf(error)})`)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

function noPolicies(path: string, what: string): PolicyFileError {
  const remedy =
    'Without policies nothing is allowed: point DAYPASS_POLICIES at a directory with *.cedar files, such as policies/.'
  return new PolicyFileError([{ file: path, line: 1, column: 1, what: `${path} ${what}.`, remedy }])
}
