import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Entitlement } from '../domain/catalog.ts'
import { describeFileProblem } from '../domain/file-problem.ts'
import type { PolicyEngine } from '../domain/policy.ts'
import { policiesOnGivenGroups } from './analysis/given-groups.ts'
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
 */
export function loadPolicies(directory: string, options: PolicyOptions): LoadedPolicies {
  return policiesOf(directory, readPolicyFiles(directory), options)
}

export interface PolicyOptions {
  /** The catalog's: users and user groups. */
  readonly securityLeads: readonly string[]
  /** `Catalog.contentHash`, to be kept with each result. */
  readonly catalogHash?: string
  /** The user groups into which leases bring people (`userGroupsGivenBy`). Policies that depend on one are refused. */
  readonly groupsGiven?: ReadonlyMap<string, Pick<Entitlement, 'resourceId' | 'id'>>
}

/** One policy file as it was read. */
export interface PolicyFile {
  readonly file: string
  readonly source: string
}

/** The `*.cedar` files of a directory, in the order of their names. Throws `PolicyFileError`. */
export function readPolicyFiles(directory: string): PolicyFile[] {
  return policyFiles(directory).map((file) => ({ file, source: read(file) }))
}

/** The same as `loadPolicies`, from files that were read before. */
export function policiesOf(
  directory: string,
  files: readonly PolicyFile[],
  options: PolicyOptions,
): LoadedPolicies {
  const parsed = parsePolicies(files)
  if (parsed.policies.length === 0) throw noPolicies(directory, 'holds no policy')
  const escalating = policiesOnGivenGroups(parsed.policies, options.groupsGiven ?? new Map())
  if (escalating.length > 0) throw new PolicyFileError(escalating)
  const contentHash = hashOfPolicies(files)
  const version = { catalog: options.catalogHash ?? '', policies: contentHash }
  return {
    contentHash,
    ...createPolicyEngine(parsed.policies, options.securityLeads, version),
    policyCount: parsed.policies.length,
    userGroups: parsed.userGroups,
    warnings: parsed.warnings.map(describeFileProblem),
  }
}

/** SHA-256 of the names and contents of the files, without their directory. */
export function hashOfPolicies(files: readonly PolicyFile[]): string {
  const content = files.map(({ file, source }) => [basename(file), source])
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
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
