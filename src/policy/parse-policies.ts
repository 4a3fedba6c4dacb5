import { type DetailedError, type PolicyJson, policyToJson, validate } from '@cedar-policy/cedar-wasm/nodejs'
import { asSentence, type FileProblem, FileProblemsError } from '../domain/file-problem.ts'
import type { DecidingPolicy } from '../domain/policy.ts'
import { locate, type PolicyText, splitPolicies } from './policy-text.ts'
import { policySchema } from './schema.ts'

/** The policies cannot be used. The message names file, line and column of every problem, and what to do. */
export class PolicyFileError extends FileProblemsError {
  override readonly name = 'PolicyFileError'
}

/** One policy, as written and as Cedar understood it. */
export type ParsedPolicy = DecidingPolicy & {
  readonly text: string
  readonly json: PolicyJson
  /** User groups that the policy names. */
  readonly userGroups: readonly string[]
  /** Where it begins. */
  readonly place: Pick<FileProblem, 'file' | 'line' | 'column'>
}

/** Policies that parsed and fit the schema, in the order of the files. */
export interface ParsedPolicies {
  readonly policies: readonly ParsedPolicy[]
  /** User groups (`S…`) that policies name: who is in them must be known for those policies to mean anything. */
  readonly userGroups: ReadonlySet<string>
  /** The warnings of Cedar: above all a policy that can never apply. */
  readonly warnings: readonly FileProblem[]
}

type Parsed = PolicyText & ParsedPolicy

/** Throws `PolicyFileError`. */
export function parsePolicies(files: readonly { file: string; source: string }[]): ParsedPolicies {
  const problems: FileProblem[] = []
  const parsed: Parsed[] = []
  for (const policy of files.flatMap(({ file, source }) => splitPolicies(file, source))) {
    const result = parsePolicy(policy)
    if ('problems' in result) problems.push(...result.problems)
    else parsed.push(result)
  }
  problems.push(...duplicates(parsed))
  const { errors, warnings } = validatePolicies(parsed)
  problems.push(...errors)
  if (problems.length > 0) throw new PolicyFileError(inOrder(problems, files))
  return {
    policies: parsed.map(({ id, effect, reason, text, json, userGroups, place }) => ({
      id,
      effect,
      reason,
      text,
      json,
      userGroups,
      place,
    })),
    userGroups: new Set(parsed.flatMap((policy) => policy.userGroups)),
    warnings: inOrder(warnings, files),
  }
}

function parsePolicy(policy: PolicyText): Parsed | { problems: FileProblem[] } {
  const answer = policyToJson(policy.text)
  if (answer.type === 'failure')
    return { problems: answer.errors.map((error) => cedarProblem(policy, error)) }
  const { annotations = {}, effect } = answer.json
  const id = annotations.id ?? ''
  const reason = annotations.reason?.trim() ?? ''
  const problems: FileProblem[] = []
  if (!/^[A-Za-z0-9][\w.-]{0,79}$/.test(id)) {
    problems.push(
      problemAt(policy, 0, idProblem(id), 'Begin it with a name of its own: @id("dbas-may-approve").'),
    )
  }
  if (reason === '' || reason.length > 500) {
    const what = reason === '' ? 'This policy has no @reason.' : 'This @reason is longer than 500 characters.'
    const remedy = 'Add the sentence that people read when it decides: @reason("The DBAs decide on this.").'
    problems.push(problemAt(policy, 0, what, remedy))
  }
  if (problems.length > 0) return { problems }
  const place = { file: policy.file, ...locate(policy, 0) }
  return { ...policy, id, effect, reason, json: answer.json, userGroups: userGroupsIn(answer.json), place }
}

function idProblem(id: string): string {
  return id === ''
    ? 'This policy has no @id.'
    : 'This @id is not made of up to 80 letters, digits, `-`, `_` and `.`.'
}

function duplicates(policies: readonly Parsed[]): FileProblem[] {
  const first = new Map<string, Parsed>()
  return policies.flatMap((policy) => {
    const earlier = first.get(policy.id)
    if (!earlier) {
      first.set(policy.id, policy)
      return []
    }
    const what = `The @id "${policy.id}" is taken already, at ${earlier.file}:${locate(earlier, 0).line}.`
    return [problemAt(policy, 0, what, 'Give one of the two another @id.')]
  })
}

function validatePolicies(policies: readonly Parsed[]): { errors: FileProblem[]; warnings: FileProblem[] } {
  // Of two policies with one id, only the first is used here: the second is refused anyway.
  const byId = new Map([...policies].reverse().map((policy) => [policy.id, policy]))
  const staticPolicies = Object.fromEntries([...byId].map(([id, { text }]) => [id, text]))
  const answer = validate({ schema: policySchema, policies: { staticPolicies } })
  if (answer.type === 'failure') {
    throw new Error(`Cedar could not validate: ${answer.errors.map((error) => error.message).join('; ')}`)
  }
  const toProblem = ({ policyId, error }: { policyId: string; error: DetailedError }): FileProblem[] => {
    const policy = byId.get(policyId)
    return policy ? [cedarProblem(policy, error)] : []
  }
  return {
    errors: answer.validationErrors.flatMap(toProblem),
    warnings: answer.validationWarnings.flatMap(toProblem),
  }
}

function cedarProblem(policy: PolicyText, error: DetailedError): FileProblem {
  const [where] = error.sourceLocations ?? []
  const what = error.message.replace(/^(failed to parse policy from string: |for policy `[^`]*`, )/, '')
  if (/template/.test(what)) {
    const remedy = 'Templates are not used here: write the person, group or resource in place of the slot.'
    return problemAt(policy, where?.start ?? 0, 'This policy is a template.', remedy)
  }
  const remedy = error.help ?? where?.label ?? 'See docs/policies.md for what policies may speak of'
  return problemAt(policy, where?.start ?? 0, asSentence(what), asSentence(remedy))
}

function problemAt(policy: PolicyText, byteOffset: number, what: string, remedy: string): FileProblem {
  return { file: policy.file, ...locate(policy, byteOffset), what, remedy }
}

function inOrder(problems: readonly FileProblem[], files: readonly { file: string }[]): FileProblem[] {
  const rank = new Map(files.map(({ file }, index) => [file, index]))
  const key = ({ file, line, column }: FileProblem) => [rank.get(file) ?? 0, line, column] as const
  return problems.toSorted((one, other) => {
    const [a, b] = [key(one), key(other)]
    return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
  })
}

/** Finds `UserGroup::"S…"` anywhere in a policy's JSON. */
function userGroupsIn(json: unknown): string[] {
  if (typeof json !== 'object' || json === null) return []
  if ('type' in json && json.type === 'UserGroup' && 'id' in json && typeof json.id === 'string')
    return [json.id]
  return Object.values(json).flatMap(userGroupsIn)
}
